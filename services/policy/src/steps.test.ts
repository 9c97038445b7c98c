import { expect, test } from "vitest";
import type { Delivery } from "@holdfast/bus";
import type { Proposal, ProposalTopic } from "@holdfast/proposals";
import { sample } from "@holdfast/schemas/testing";
import { openMetrics } from "@holdfast/service";
import { measurePolicy } from "./metrics.ts";
import { leftBy, verdictIn } from "./steps.ts";
import { codec, delivered, knowing, NOW } from "./testing.ts";

const drafted = delivered("proposals.drafted", sample("proposals.drafted", "rollback"), NOW);
const allowed = delivered("proposals.allowed", sample("proposals.allowed", "rollback"), NOW + 2_000);
const { proposal: id } = allowed.event;

function before(...deliveries: readonly Delivery<"incidents" | ProposalTopic>[]): Proposal | undefined {
  return knowing(...deliveries).proposals.get(id);
}

function closed(closing: "expired" | "withdrawn") {
  const event = sample("approvals", "closing", { proposal: id, closing: { closing, because: "it is over" } });
  return delivered("approvals", event, NOW + 3_000);
}

test("an answer ends drafted, after as long as the broker saw between the two", () => {
  expect(leftBy(allowed, before(drafted))).toEqual({ state: "drafted", seconds: 2 });
});

test("a record of a proposal whose beginning nobody saw measures nothing", () => {
  expect(leftBy(allowed, undefined)).toBeUndefined();
});

test("a verdict ends open", () => {
  const approved = delivered(
    "proposals.approved",
    sample("proposals.approved", "by-one-person", { proposal: id }),
    NOW + 9_000,
  );
  expect(leftBy(approved, before(drafted, allowed))).toEqual({ state: "open", seconds: 7 });
  expect(verdictIn(approved, before(drafted, allowed))).toEqual({ verdict: "approved", environment: "dev" });
});

test("the first outcome ends started, and what replaces it ends nothing", () => {
  const at = (state: "started" | "succeeded", when: number) =>
    delivered("executions", sample("executions", "succeeded", { proposal: id, state, at: when }), when);
  const [started, succeeded] = [at("started", NOW), at("succeeded", NOW + 4_000)];
  expect(leftBy(succeeded, before(allowed, started))).toEqual({ state: "started", seconds: 4 });
  expect(leftBy(succeeded, before(allowed, started, succeeded))).toBeUndefined();
});

test.each(["expired", "withdrawn"] as const)(
  "what was closed as %s is counted as that, and not as a person's no",
  (kind) => {
    const event = sample("proposals.rejected", "expired", { proposal: id, by: "closing" });
    const rejected = delivered("proposals.rejected", event, NOW + 9_000);
    expect(verdictIn(rejected, before(drafted, allowed, closed(kind)))?.verdict).toBe(kind);
  },
);

test("an action that the catalogue does not have is counted as other, so that a draft adds no label of its own", async () => {
  const metrics = openMetrics("policy");
  const counted = measurePolicy(metrics, { open: codec.open, settleMs: 0, now: () => NOW });
  const decision = {
    proposal: id,
    incident: "i",
    environment: "dev",
    verdict: "denied",
    rules: ["unknown-action"],
  } as const;
  counted.decided({ ...decision, action: "rm -rf /" });
  const text = await metrics.text();
  expect(text).toContain(
    'holdfast_denials_total{rule="unknown-action",action="other",environment="dev",service="policy"} 1',
  );
  expect(text).not.toContain("rm -rf");
});

test("proposals are counted by state: one that waits is open, and its age is the broker's", async () => {
  const metrics = openMetrics("policy");
  const counted = measurePolicy(metrics, { open: codec.open, settleMs: 0, now: () => NOW + 62_000 });
  counted.watch(knowing(drafted, allowed));
  const text = await metrics.text();
  expect(text).toContain('holdfast_proposals{state="open",service="policy"} 1');
  expect(text).toContain('holdfast_proposals{state="unknown",service="policy"} 0');
  expect(text).toContain('holdfast_proposals_oldest_open_seconds{service="policy"} 60');
});
