import { expect, test } from "vitest";
import type { Delivery } from "@holdfast/bus";
import type { Execution, ExecutionState } from "@holdfast/schemas";
import { sample, testCodec } from "@holdfast/schemas/testing";
import { outcomeOf } from "./outcome.ts";
import { openProposals, type Proposal, type ProposalTopic } from "./proposals.ts";
import { isFinished, stateOf } from "./state.ts";

const codec = testCodec();
const { executeBy } = sample("proposals.approved", "by-one-person");
const run = (...states: ExecutionState[]): Execution[] =>
  states.map((state) => sample("executions", "succeeded", { state }));

type Named = readonly [ProposalTopic, string];

function folded(...names: readonly Named[]): Proposal {
  const proposals = openProposals();
  for (const [topic, name] of names) {
    const event = sample(topic, name);
    const { value, headers } = codec.write(topic, event);
    proposals.fold({
      topic,
      event,
      value,
      headers,
      key: event.incident,
      partition: 0,
      offset: 0,
      time: 0,
    } as Delivery<ProposalTopic>);
  }
  const proposal = proposals.get(sample("proposals.drafted", "rollback").proposal);
  if (proposal === undefined) throw new Error("nothing was folded");
  return proposal;
}

const DRAFTED = ["proposals.drafted", "rollback"] as const;
const ALLOWED = ["proposals.allowed", "rollback"] as const;
const APPROVED = ["proposals.approved", "by-one-person"] as const;

test.each([
  ["drafted", folded(DRAFTED)],
  ["denied", folded(DRAFTED, ["proposals.denied", "cordon-in-prod"])],
  ["open", folded(DRAFTED, ALLOWED)],
  ["rejected", folded(DRAFTED, ALLOWED, ["proposals.rejected", "expired"])],
  ["approved", folded(DRAFTED, ALLOWED, APPROVED)],
  ["started", folded(DRAFTED, ALLOWED, APPROVED, ["executions", "started"])],
  ["succeeded", folded(DRAFTED, ALLOWED, APPROVED, ["executions", "started"], ["executions", "succeeded"])],
] as const)("a proposal with these records is %s", (state, proposal) =>
  expect(stateOf(codec.open, proposal, executeBy, 3_000)).toBe(state),
);

test("an approved one without an outcome is unknown five minutes after its last moment and settling, and holds nothing more", () => {
  const proposal = folded(DRAFTED, ALLOWED, APPROVED, ["executions", "started"]);
  const last = executeBy + 3_000 + 300_000;
  expect([stateOf(codec.open, proposal, last - 1, 3_000), stateOf(codec.open, proposal, last, 3_000)]).toEqual([
    "started",
    "unknown",
  ]);
  expect([isFinished(proposal, last - 1, 3_000), isFinished(proposal, last, 3_000)]).toEqual([false, true]);
});

test("an effect that was seen beats a refusal, a refusal beats not knowing, whatever came first", () => {
  expect(outcomeOf(run("started", "unknown", "refused"))?.state).toBe("refused");
  expect(outcomeOf(run("refused", "unknown"))?.state).toBe("refused");
  expect(outcomeOf(run("unknown", "succeeded", "refused"))?.state).toBe("succeeded");
  expect(outcomeOf(run("failed", "succeeded"))?.state).toBe("failed");
  expect(outcomeOf([])).toBeUndefined();
});

test("what was denied, rejected or carried out one way or another is finished; what is only started is not", () => {
  const finished = (...records: readonly Named[]): boolean => isFinished(folded(...records), executeBy, 3_000);
  expect(finished(DRAFTED, ["proposals.denied", "cordon-in-prod"])).toBe(true);
  expect(finished(DRAFTED, ALLOWED, ["proposals.rejected", "expired"])).toBe(true);
  for (const records of [[DRAFTED], [DRAFTED, ALLOWED], [DRAFTED, ALLOWED, APPROVED]])
    expect(finished(...records)).toBe(false);
  const ended = (state: ExecutionState): boolean =>
    isFinished({ ...folded(DRAFTED, ALLOWED, APPROVED), executions: run("started", state) }, executeBy, 3_000);
  expect((["succeeded", "failed", "refused", "unknown"] as const).map(ended)).toEqual([true, true, true, true]);
  expect(ended("started")).toBe(false);
});
