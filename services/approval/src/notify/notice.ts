import type { Proposal } from "@holdfast/proposals";
import { digestOf, shortCode, span, stepId, tierWord } from "@holdfast/schemas";
import { clock } from "../moment.ts";

/** What somebody is told about: a proposal waits, is about to end unanswered, ended, or nobody knows how it ended. */
export type NoticeEvent = "opened" | "expiring" | "ended" | "unknown" | "test";

/** How a proposal ended, in the words of every screen. */
export type Ending = "succeeded" | "failed" | "refused" | "rejected" | "expired" | "withdrawn" | "superseded";

/** Facts that policy sealed and our code read: no telemetry, no words of a model, nothing that an executor or a person wrote. */
export type About = {
  readonly proposal: string;
  readonly incident: string;
  readonly code: string;
  readonly action: string;
  readonly target: {
    readonly cluster: string;
    readonly namespace: string | null;
    readonly kind: string;
    readonly name: string;
  };
  readonly environment: string;
  readonly scope: string;
  readonly tier: string;
  readonly podsAffected: number;
  /** The last moment at which a vote counts, ms. */
  readonly decideBy: number;
};

/** One message. INVARIANT: the same event of the same proposal has the same id, whoever tells it and however often. */
export type Notice = {
  readonly id: string;
  readonly event: NoticeEvent;
  readonly state: "open" | Ending | "unknown" | "test";
  readonly link: string;
  readonly about?: About;
};

/** What is due to be told, before it is put into words; `at` is when it came to be. */
export type Due = {
  readonly id: string;
  readonly event: Exclude<NoticeEvent, "test">;
  readonly state: "open" | Ending | "unknown";
  readonly proposal: Proposal;
  readonly at: number;
};

/** @param door the address at which people reach approval's pages. */
export function noticeOf({ id, event, state, proposal }: Due, door: string): Notice {
  const { allowed } = proposal;
  if (allowed === undefined) throw new Error("a notice is about a proposal that policy allowed");
  const { plan, tier, lastMoment } = allowed.event;
  const { cluster, namespace, kind, name } = plan.target;
  return {
    id,
    event,
    state,
    link: `${door}/proposals/${encodeURIComponent(proposal.id)}`,
    about: {
      proposal: proposal.id,
      incident: proposal.incident,
      code: shortCode(digestOf(allowed.value)),
      action: named(plan.action),
      target: {
        cluster: named(cluster),
        namespace: namespace === null ? null : named(namespace),
        kind: named(kind),
        name: named(name),
      },
      environment: plan.environment,
      scope: plan.scope,
      tier: tierWord(tier),
      podsAffected: plan.podsAffected,
      decideBy: lastMoment,
    },
  };
}

export function testNotice(id: string, door: string): Notice {
  return { id, event: "test", state: "test", link: `${door}/` };
}

/** The id that lets a receiver drop what it was told already. */
export function noticeId(proposal: string, step: "opened" | "expiring" | Ending | "unknown"): string {
  return stepId(proposal, `notice/${step}`);
}

const HEADINGS: Readonly<Record<Notice["state"], string>> = {
  open: "Waits for approval",
  succeeded: "Done",
  failed: "FAILED: changed, and it did not prove itself",
  refused: "Refused by the executor, nothing was changed",
  rejected: "Rejected, nothing was changed",
  expired: "Expired without an answer, nothing was changed",
  withdrawn: "Withdrawn, its incident is over, nothing was changed",
  superseded: "Replaced by a newer proposal, nothing was changed",
  unknown: "NOT KNOWN whether it was changed. Look at the cluster now",
  test: "Test message of Holdfast. Nothing is wrong, and nothing waits",
};

/** The first line, in our words alone. */
export function headingOf({ event, state, about }: Notice, now: number): string {
  if (event === "expiring" && about !== undefined) return `Ends unanswered in ${span(about.decideBy - now)}`;
  return HEADINGS[state];
}

/** The facts, each under its name, in the order in which a person decides. */
export function factsOf({ event, about }: Notice, now: number): readonly (readonly [name: string, value: string])[] {
  if (about === undefined) return [];
  const { action, target, environment, scope, tier, podsAffected, decideBy, code } = about;
  const { cluster, namespace, kind, name } = target;
  const waits = event === "opened" || event === "expiring";
  return [
    ["Action", action],
    ["Target", [cluster, namespace, kind, name].filter((part) => part !== null).join(" / ")],
    ["Environment", environment],
    ["Touches", `${podsAffected} ${podsAffected === 1 ? "pod" : "pods"}, scope ${scope}`],
    ["Approval", tier],
    ...(waits ? [["Answer by", `${clock(decideBy, now)} (in ${span(decideBy - now)})`] as const] : []),
    ["Code", code],
  ];
}

const NAME_MAX = 120;

/**
 * A name as Kubernetes gives them. Whoever may create objects chooses it, so any other character, with which it could
 * mention somebody or lead elsewhere in a chat, is a question mark.
 */
function named(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9._:-]/g, "?");
  return plain.length <= NAME_MAX ? plain : `${plain.slice(0, NAME_MAX - 3)}...`;
}
