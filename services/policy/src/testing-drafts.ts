import type { Delivery } from "@holdfast/bus";
import { digestOf, envelopeOf, nameValues, stepId, type Approval, type Drafted } from "@holdfast/schemas";
import { sample } from "@holdfast/schemas/testing";

/** What triage drafts and people answer, for tests of the whole loop. */

let drafts = 0;
export function draft(action: string, args: Readonly<Record<string, string>>, changed: Partial<Drafted> = {}): Drafted {
  const id = stepId("test", `draft/${(drafts += 1)}`);
  const now = Date.now();
  const evidence = sample("proposals.drafted", "rollback").evidence.map((each) => ({ ...each, readAt: now }));
  return sample("proposals.drafted", "rollback", {
    id,
    proposal: id,
    incident: stepId(id, "incident"),
    action,
    arguments: nameValues(args),
    evidence,
    at: now,
    ...changed,
  });
}

export const rollback = (changed: Partial<Drafted> = {}): Drafted =>
  draft("rollback_deployment", { namespace: "shop", deployment: "web" }, changed);

export function vote(
  allowed: Delivery<"proposals.allowed">,
  changed: Partial<NonNullable<Approval["vote"]>> = {},
): Approval {
  const base = sample("approvals", "vote");
  const digest = digestOf(allowed.value);
  const cast = { ...(base.vote ?? fail()), typed: allowed.event.confirmText, ...changed };
  const { proposal, incident } = allowed.event;
  return {
    ...base,
    id: stepId(digest, `${cast.person.subject}/${cast.decision}`),
    proposal,
    incident,
    digest,
    allowed: envelopeOf(allowed.value, allowed.headers) ?? fail(),
    vote: cast,
  };
}

export function fail(): never {
  throw new Error("the test is not set up as it thinks");
}

export function request(allowed: Delivery<"proposals.allowed">, wants: "replan" | "back_out"): Approval {
  const { proposal, incident } = allowed.event;
  const base = sample("approvals", "request");
  return {
    ...base,
    id: stepId(proposal, `request/${wants}`),
    proposal,
    incident,
    digest: digestOf(allowed.value),
    allowed: envelopeOf(allowed.value, allowed.headers) ?? fail(),
    request: { ...(base.request ?? fail()), wants },
  };
}
