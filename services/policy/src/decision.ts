import { randomUUID } from "node:crypto";
import type { Limits, Windows } from "@holdfast/guard";
import { stepId, tierSymbol, type Allowed, type Denied, type Drafted, type Plan, type Ruling } from "@holdfast/schemas";
import { ACTION_MS_MAX, type Judged } from "./judge.ts";
import type { Place } from "./plan.ts";

/** The draft as it came, and the exact bytes that go on. */
export type Draft = { readonly event: Drafted; readonly value: Buffer };

export function allowedEvent(
  { event, value }: Draft,
  plan: Plan,
  judged: Extract<Judged, { outcome: "allow" }>,
  seal: { readonly limits: Limits; readonly windows: Windows; readonly policyDigest: string; readonly now: number },
): Allowed {
  const { limits, windows, policyDigest, now } = seal;
  const minutes = plan.scope === "pod" ? limits.approveByMinutes.pod : limits.approveByMinutes.wider;
  const approveBy = now + minutes * 60_000;
  return {
    id: stepId(event.proposal, "allowed"),
    incident: event.incident,
    proposal: event.proposal,
    draft: value,
    plan,
    tier: tierSymbol(judged.tier),
    quorum: judged.quorum,
    roles: judged.roles,
    level: judged.level,
    confirmText: confirmText(plan),
    rules: judged.rules,
    policyDigest,
    approveBy,
    lastMoment: Math.min(approveBy, (windowEnd(windows, plan, now) ?? Infinity) - marginMs(limits)),
    executeForMs: limits.executeByMinutes * 60_000,
    nonce: randomUUID(),
    at: now,
  };
}

/** What an approver types at tier typed and above: `<namespace>/<name>`, for what belongs to no namespace the cluster's name. */
function confirmText({ target, scope }: Plan): string {
  return target.namespace === null || scope === "cluster" ? target.cluster : `${target.namespace}/${target.name}`;
}

/** Only what is allowed inside a window alone ends with it. */
function windowEnd(windows: Windows, { scope, environment, target }: Plan, at: number): number | undefined {
  if ((scope !== "namespace" && scope !== "cluster") || environment === "UNKNOWN") return undefined;
  return windows.windowEnd({ env: environment, cluster: target.cluster, namespace: target.namespace ?? undefined, at });
}

/** A vote that comes later would approve what the guard refuses at execution: the window must outlast the action, by every clock. */
function marginMs({ skewSeconds }: Limits): number {
  return skewSeconds * 1000 + ACTION_MS_MAX;
}

export type Denial = {
  readonly place: Place;
  readonly plan: Plan | null;
  readonly rulings: readonly Ruling[];
  readonly wouldHaveBeen: string | null;
};

export function deniedEvent({ event, value }: Draft, denial: Denial, policyDigest: string, now: number): Denied {
  return {
    id: stepId(event.proposal, "denied"),
    incident: event.incident,
    proposal: event.proposal,
    draft: value,
    action: event.action,
    target: denial.place.target,
    environment: denial.place.environment,
    scope: denial.place.scope,
    plan: denial.plan,
    rulings: denial.rulings,
    wouldHaveBeen: denial.wouldHaveBeen,
    policyDigest,
    at: now,
  };
}

/** In mode observe the guard's answer is only told: nothing is offered to anybody. */
export function observed(
  judged: Judged,
  dryRunSays: string,
): { readonly rulings: readonly Ruling[]; readonly wouldHaveBeen: string } {
  const observing: Ruling = {
    rule: "observing",
    reason: "Holdfast only observes here, so nothing is proposed for approval (HOLDFAST_MODE).",
    hard: true,
  };
  if (judged.outcome === "deny")
    return {
      rulings: [observing, ...judged.rulings],
      wouldHaveBeen: `would have been denied by ${judged.rulings.map(({ rule }) => rule).join(", ")}`,
    };
  return { rulings: [observing], wouldHaveBeen: `would have been allowed, tier ${judged.tier}, ${dryRunSays}` };
}
