import { openProposals, type Proposal } from "@holdfast/proposals";
import { encode, type ExecutionState } from "@holdfast/schemas";
import { sample, sealedEnvelope, testCodec } from "@holdfast/schemas/testing";
import { expect, test } from "vitest";
import { allowedOf, delivered, deniedOf, MINUTES_30, T0 } from "../testing.ts";
import { noticeId, noticeOf } from "./notice.ts";
import { toTell } from "./to-tell.ts";

const codec = testCodec();
const MINUTE = 60_000;
const terms = { since: T0 - MINUTE, expiringMs: 5 * MINUTE };
const SETTLE_MS = 3_000;

type Ended = "succeeded" | "failed" | "refused" | "unknown" | "rejected" | "expired" | "withdrawn";

/** One proposal, allowed at T0, and with what came of it at `at`. */
function proposal(name: string, ended?: Ended | "approved", at = T0 + MINUTE): Proposal {
  const proposals = openProposals();
  const { draft, allowed } = allowedOf(name);
  const { proposal: id, incident } = allowed;
  proposals.fold(delivered(codec, "proposals.drafted", draft, 0, T0));
  proposals.fold(delivered(codec, "proposals.allowed", allowed, 0, T0));
  if (ended === "rejected" || ended === "expired" || ended === "withdrawn") {
    const how =
      ended === "rejected"
        ? sample("approvals", "vote", { proposal: id, incident })
        : sample("approvals", "closing", { proposal: id, incident, closing: { closing: ended, because: "over" } });
    const base = sample("proposals.rejected", "expired");
    const decision = { ...base.decision, envelope: sealedEnvelope(codec, "approvals", how) };
    const by = ended === "rejected" ? ("person" as const) : ("closing" as const);
    proposals.fold(
      delivered(codec, "proposals.rejected", { ...base, proposal: id, incident, decision, by, verdictAt: at }, 0, at),
    );
  } else if (ended !== undefined) {
    const approved = sample("proposals.approved", "by-one-person", {
      proposal: id,
      incident,
      verdictAt: at,
      executeBy: at + 5 * MINUTE,
    });
    proposals.fold(delivered(codec, "proposals.approved", approved, 0, at));
    const state: ExecutionState = ended === "approved" ? "started" : ended;
    const execution = sample("executions", "succeeded", { proposal: id, incident, state, at });
    proposals.fold(delivered(codec, "executions", execution, 0, at));
  }
  const made = proposals.get(id);
  if (made === undefined) throw new Error("nothing was folded");
  return made;
}

type Told = Readonly<Record<string, number>>;
const due = (all: readonly Proposal[], now: number, told: Told = {}, changed: Partial<typeof terms> = {}) =>
  toTell(all, { open: codec.open, now, settleMs: SETTLE_MS }, (id) => told[id], { ...terms, ...changed });
const states = (...given: Parameters<typeof due>): readonly string[] =>
  due(...given).map(({ event, state }) => (event === state ? event : `${event} ${state}`));

test("a proposal that waits for people is told once, and what it holds is what policy sealed", () => {
  const one = proposal("one");
  const [first] = due([one], T0 + 1);
  expect(first).toMatchObject({ event: "opened", id: noticeId(one.id, "opened"), at: T0 });
  expect(due([one], T0 + 2, { [first?.id ?? ""]: T0 + 1 })).toEqual([]);
});

test("what policy denied is never told", () => {
  const proposals = openProposals();
  const { draft, denied } = deniedOf("no");
  proposals.fold(delivered(codec, "proposals.drafted", draft, 0, T0));
  proposals.fold(delivered(codec, "proposals.denied", denied, 0, T0));
  expect(due([...proposals.all()], T0 + 1)).toEqual([]);
});

test("a few minutes before its end one that nobody answered is told again, once, and not after its end", () => {
  const one = proposal("one");
  const told = { [noticeId(one.id, "opened")]: T0 + 1 };
  const from = T0 + MINUTES_30 - terms.expiringMs;
  expect(states([one], from - 1, told)).toEqual([]);
  expect(states([one], from, told)).toEqual(["expiring open"]);
  expect(states([one], from + 1, { ...told, [noticeId(one.id, "expiring")]: from })).toEqual([]);
  expect(states([one], T0 + MINUTES_30, told)).toEqual([]);
  expect(states([one], from, told, { expiringMs: 0 })).toEqual([]);
});

test("whoever is told late, within those last minutes, is told once: the deadline was in it", () => {
  const one = proposal("one");
  const late = T0 + MINUTES_30 - terms.expiringMs + 1;
  expect(states([one], late)).toEqual(["opened open"]);
  expect(states([one], late + 1, { [noticeId(one.id, "opened")]: late })).toEqual([]);
});

test.each(["succeeded", "failed", "refused", "rejected", "expired", "withdrawn"] as const)(
  "one that ended as %s is told as that, once, whether or not its opening was told",
  (ended) => {
    const one = proposal("one", ended);
    expect(states([one], T0 + 2 * MINUTE)).toEqual([`ended ${ended}`]);
    expect(states([one], T0 + 2 * MINUTE, { [noticeId(one.id, ended)]: 1 })).toEqual([]);
  },
);

test("approved alone is nothing to tell: what came of it is", () => {
  expect(due([proposal("one", "approved")], T0 + 2 * MINUTE)).toEqual([]);
});

test("one of which nobody knows how it ended is told as that, also where the executor never said so", () => {
  expect(states([proposal("one", "unknown")], T0 + 2 * MINUTE)).toEqual(["unknown"]);
  expect(states([proposal("one", "approved")], T0 + MINUTE + 10 * MINUTE + SETTLE_MS)).toEqual(["unknown"]);
});

test("an outcome that comes after all replaces what nobody knew, and is told", () => {
  const one = proposal("one", "unknown");
  const seen = sample("executions", "succeeded", { ...one.executions[0], state: "succeeded", at: T0 + 3 * MINUTE });
  one.executions.push(seen);
  expect(states([one], T0 + 4 * MINUTE, { [noticeId(one.id, "unknown")]: 1 })).toEqual(["ended succeeded"]);
});

test("the first start tells what is open, and nothing that ended before", () => {
  const since = T0 + 2 * MINUTE;
  const all = [proposal("open"), proposal("done", "succeeded"), proposal("gone", "expired"), proposal("?", "unknown")];
  expect(states(all, since + 1, {}, { since })).toEqual(["opened open"]);
  expect(states([proposal("later", "succeeded", since + 1)], since + 2, {}, { since })).toEqual(["ended succeeded"]);
});

test("a target that was down is told how things stand, and nothing that is over: no opening of what ended, no old end", () => {
  const all = [proposal("ended", "rejected"), proposal("open")];
  expect(states(all, T0 + 10 * MINUTE)).toEqual(["opened open", "ended rejected"]);
  expect(states(all, T0 + 3 * 60 * MINUTE)).toEqual([]);
  expect(states([proposal("?", "unknown")], T0 + 3 * 60 * MINUTE)).toEqual(["unknown"]);
  expect(states([proposal("?", "unknown")], T0 + 25 * 60 * MINUTE)).toEqual([]);
});

test("the most urgent comes first: not knowing, then what is about to expire, then what waits, then what ended", () => {
  const last = proposal("b");
  const all = [proposal("d", "succeeded", T0 + 26 * MINUTE), last, proposal("c"), proposal("a", "unknown")];
  const told = { [noticeId(last.id, "opened")]: T0 };
  expect(states(all, T0 + 27 * MINUTE, told)).toEqual(["unknown", "expiring open", "opened open", "ended succeeded"]);
});

test("a notice holds sealed facts and a link, and a name cannot mention, format or lead elsewhere", () => {
  const { draft, allowed } = allowedOf("evil");
  const target = { ...allowed.plan.target, name: "<!channel> http://evil.example/|x @here &amp; *b*" };
  const event = { ...allowed, plan: { ...allowed.plan, target }, draft: encode("proposals.drafted", draft) };
  const proposals = openProposals();
  proposals.fold(delivered(codec, "proposals.allowed", event, 0, T0));
  const [first] = due([...proposals.all()], T0 + 1);
  if (first === undefined) throw new Error("nothing is due");
  const notice = noticeOf(first, "https://holdfast.example");
  expect(notice.about?.target.name).toMatch(/^[A-Za-z0-9._:?-]+$/);
  expect(notice.link).toBe(`https://holdfast.example/proposals/${allowed.proposal}`);
  const text = JSON.stringify(notice);
  for (const said of [draft.because, draft.words, allowed.plan.users, allowed.plan.now].filter((each) => each !== ""))
    expect(text).not.toContain(said);
});
