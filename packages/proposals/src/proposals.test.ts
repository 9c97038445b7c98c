import { expect, test } from "vitest";
import type { Delivery } from "@holdfast/bus";
import { stepId, type Drafted } from "@holdfast/schemas";
import { sample, testCodec } from "@holdfast/schemas/testing";
import { nextOf } from "./again.ts";
import { isOwnId } from "./own-id.ts";
import { openProposals, type ProposalTopic } from "./proposals.ts";

const codec = testCodec();
const { id, incident } = sample("proposals.drafted", "rollback");
const allowed = sample("proposals.allowed", "rollback");

function delivered(topic: ProposalTopic, event: Drafted | typeof allowed): Delivery<ProposalTopic> {
  return { topic, event, ...codec.write(topic, event), key: event.incident, partition: 0, offset: 0, time: 0 } as never;
}

const drafted = (changed: Partial<Drafted> = {}): Delivery<ProposalTopic> =>
  delivered("proposals.drafted", sample("proposals.drafted", "rollback", changed));

test("a draft does not say to which incident a signed proposal belongs, whichever is read first", () => {
  const another = stepId(incident, "another");
  const proposals = openProposals();
  proposals.fold(drafted({ incident: another }));
  expect(proposals.ofIncident(another)).toHaveLength(1);
  proposals.fold(delivered("proposals.allowed", allowed));
  expect(proposals.get(id)).toMatchObject({ incident, drafted: { event: { incident: another } } });
  expect([proposals.ofIncident(another), proposals.ofIncident(incident)]).toMatchObject([[], [{ id }]]);
  proposals.fold(drafted({ incident: another }));
  expect(proposals.get(id)?.incident).toBe(incident);
});

test("a draft under an id that is not its own is none of a proposal's", () => {
  const next = nextOf(allowed, stepId(id, "request"));
  for (const taken of [next, "7QX4-M2", `${id}0`, id.toUpperCase()]) {
    const proposals = openProposals();
    proposals.fold(drafted({ id: taken, proposal: taken }));
    proposals.fold(drafted({ id: stepId(taken, "another"), proposal: id }));
    expect([...proposals.all()]).toEqual([]);
  }
  expect(isOwnId({ id, proposal: id })).toBe(true);
});
