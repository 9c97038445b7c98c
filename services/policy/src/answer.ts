import type { Delivery } from "@holdfast/bus";
import { isOwnId, type Proposal } from "@holdfast/proposals";
import { digestOf, shortCode, stepId, type Allowed, type Denied, type Drafted, type Ruling } from "@holdfast/schemas";
import type { Decision, Policy } from "./policy.ts";
import { allowedEvent, deniedEvent, observed, type Draft } from "./decision.ts";
import { judge, type Judged } from "./judge.ts";
import type { Knowledge } from "./knowledge.ts";
import type { Planned } from "./plan.ts";
import { actionsInLastHour, holderOf } from "./subjects.ts";

/** Policy's answer to one draft, and how it is told. */
export type Answer =
  | { readonly topic: "proposals.allowed"; readonly event: Allowed; readonly decision: Decision }
  | { readonly topic: "proposals.denied"; readonly event: Denied; readonly decision: Decision };

/** A draft, and whether triage or a person's signed request brought it. */
export type Brought = Draft & { readonly from: "triage" | "misnamed" | "person" };

/**
 * A draft as triage brought it. One that takes an id which is not its own is answered, with a denial, under an id that nobody
 * else will ever use: so the id that it took stays free for whom it belongs to.
 */
export function broughtByTriage({ event, value, topic, partition, offset }: Delivery<"proposals.drafted">): Brought {
  if (isOwnId(event)) return { event, value, from: "triage" };
  const id = stepId(`${topic}/${partition}/${offset}`, "misnamed");
  return { event: { ...event, id, proposal: id }, value, from: "misnamed" };
}

type Terms = Pick<Policy, "mode" | "judges" | "limits" | "settleMs">;

/** Pure: the answer to a planned draft from what is known now. */
export function answerOf(terms: Terms, knowledge: Knowledge, draft: Brought, planned: Planned, now: number): Answer {
  const { judges, limits, mode } = terms;
  const judged = judgedOf(terms, knowledge, draft, planned, now);
  const told = {
    proposal: draft.event.proposal,
    incident: draft.event.incident,
    action: draft.event.action,
    environment: planned.place.environment,
  };
  if (judged.outcome === "allow" && planned.outcome === "planned" && mode === "act") {
    const event = allowedEvent(draft, planned.plan, judged, {
      limits,
      windows: judges.windows,
      policyDigest: judges.guard.digest,
      now,
    });
    return { topic: "proposals.allowed", event, decision: { ...told, verdict: "allowed", rules: judged.rules } };
  }
  const refusal = refusalOf(mode, judged, planned);
  const event = deniedEvent(draft, { place: planned.place, plan: planned.plan, ...refusal }, judges.guard.digest, now);
  const verdict = judged.outcome === "allow" ? "observed" : "denied";
  return {
    topic: "proposals.denied",
    event,
    decision: { ...told, verdict, rules: refusal.rulings.map(({ rule }) => rule) },
  };
}

/** The answer where the first one is larger than a record may be: it is denied, without the plan. */
export function tooLargeOf({ judges }: Terms, draft: Brought, { place }: Planned, now: number): Answer {
  const { proposal, incident, action } = draft.event;
  const event = deniedEvent(
    draft,
    { place, plan: null, rulings: [TOO_LARGE], wouldHaveBeen: null },
    judges.guard.digest,
    now,
  );
  return {
    topic: "proposals.denied",
    event,
    decision: {
      proposal,
      incident,
      action,
      environment: place.environment,
      verdict: "denied",
      rules: [TOO_LARGE.rule],
    },
  };
}

function judgedOf(
  { judges, settleMs }: Terms,
  { ofSubject, isClosed }: Knowledge,
  { event, from }: Brought,
  planned: Planned,
  now: number,
): Judged {
  if (from === "misnamed") return { outcome: "deny", rulings: [MISNAMED] };
  if (from === "triage" && claimsAPerson(event)) return { outcome: "deny", rulings: [FALSE_CLAIM] };
  if (planned.outcome === "refused") return { outcome: "deny", rulings: planned.rulings };
  const { subject } = planned.plan;
  return judge(judges, event, planned.plan, planned.place, planned.hasBackOut, {
    now,
    actionsInLastHour: actionsInLastHour(subject, ofSubject(subject), now),
    holder: named(holderOf(subject, ofSubject(subject), now, settleMs)),
    incidentClosed: isClosed(event.incident) && event.backOutOf === null,
    isAsked: from === "person",
  });
}

/** The guard judges first, also where Holdfast only observes: there everything is denied with its answer. */
function refusalOf(
  mode: Policy["mode"],
  judged: Judged,
  planned: Planned,
): { readonly rulings: readonly Ruling[]; readonly wouldHaveBeen: string | null } {
  if (mode === "observe") return observed(judged, planned.plan?.dryRunSays ?? "not planned to its end");
  if (judged.outcome === "deny") return { rulings: judged.rulings, wouldHaveBeen: null };
  throw new Error("an allowed plan was about to be denied");
}

const FALSE_CLAIM: Ruling = {
  rule: "claims-a-person",
  reason: "The draft says that a person asked for it, and only a person's own signed request says that.",
  hard: true,
};

const MISNAMED: Ruling = {
  rule: "misnamed",
  reason: "The draft goes under an id that is not its own, so it is answered under this one.",
  hard: true,
};

const TOO_LARGE: Ruling = {
  rule: "record-too-large",
  reason: "The draft and its plan are larger together than a record may be.",
  hard: true,
};

function claimsAPerson({ by, replanOf, backOutOf }: Drafted): boolean {
  return by === "person" || replanOf !== null || backOutOf !== null;
}

/** As people know it, and as machines do. */
function named(holder: Proposal | undefined): string | undefined {
  return holder?.allowed === undefined ? undefined : `${shortCode(digestOf(holder.allowed.value))} (${holder.id})`;
}
