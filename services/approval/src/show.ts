import { nextOf, outcomeOf, stateOf, whyNot, type Proposal } from "@holdfast/proposals";
import {
  decode,
  digestOf,
  iso,
  recordOf,
  shortCode,
  type ActionCall,
  type Approval,
  type BackOut,
  type Codec,
  type Drafted,
  type Evidence,
  type Execution,
  type Fact,
  type NameValue,
  type Plan,
} from "@holdfast/schemas";

/** A JSON value of the door. Times are ISO 8601, words have hyphens, names and values are objects. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
type Fields = { readonly [name: string]: Json };

export type Eye = { readonly open: Codec["open"]; readonly now: number; readonly settleMs: number };

/** A proposal as the door shows it. What is not known, or is not there in this state, is left out. */
export function shown({ open, now, settleMs }: Eye, proposal: Proposal): Fields {
  const { id, incident, allowed, denied } = proposal;
  const plan = allowed?.event.plan ?? denied?.event.plan ?? undefined;
  return {
    id,
    incident,
    state: stateOf(open, proposal, now, settleMs),
    ...termsOf(proposal),
    ...placeOf(proposal),
    ...(plan === undefined ? {} : planned(plan)),
    ...suggested(proposal),
    ...verdictOf(proposal),
    votes: proposal.approvals.flatMap(({ event, time }) => voteOf(event, time)),
    requests: requestsOf(proposal),
    mayRequest: (["replan", "back_out"] as const)
      .filter((wants) => whyNot(open, proposal, wants, { now, settleMs }) === undefined)
      .map((wants) => wants.replace("_", "-")),
    ...outcome(outcomeOf(proposal.executions)),
  };
}

/** The draft inside what policy signed; before policy answered, the draft itself. */
function draftOf({ allowed, denied, drafted }: Proposal): Drafted | undefined {
  const bytes = allowed?.event.draft ?? denied?.event.draft;
  return bytes === undefined ? drafted?.event : decode("proposals.drafted", bytes);
}

function termsOf({ allowed }: Proposal): Fields {
  if (allowed === undefined) return {};
  const { event, value } = allowed;
  const digest = digestOf(value);
  return {
    digest,
    code: shortCode(digest),
    tier: event.tier.replace("_", "-"),
    quorum: event.quorum,
    roles: event.roles,
    level: event.level,
    approveBy: iso(event.approveBy),
    lastMoment: iso(event.lastMoment),
    executeForSeconds: event.executeForMs / 1000,
    rules: event.rules,
    policyDigest: event.policyDigest,
    ...(event.tier === "one_ack" ? {} : { typedText: event.confirmText }),
  };
}

function placeOf(proposal: Proposal): Fields {
  const { allowed, denied } = proposal;
  const planned = allowed?.event.plan ?? denied?.event.plan;
  const draft = draftOf(proposal);
  const target = planned?.target ?? denied?.event.target ?? draft?.target;
  const environment = planned?.environment ?? denied?.event.environment;
  const scope = planned?.scope ?? denied?.event.scope;
  return {
    action: planned?.action ?? denied?.event.action ?? draft?.action ?? "",
    arguments: named(planned?.arguments ?? draft?.arguments ?? []),
    ...(target && { target: { ...target } }),
    ...(environment && { environment }),
    ...(scope && { scope }),
  };
}

function planned(plan: Plan): Fields {
  const { verb, path, contentType, body } = plan.request;
  return {
    podsAffected: plan.podsAffected,
    pods: plan.pods,
    reversible: plan.reversible,
    backOut: backOut(plan.backOut),
    before: json(plan.before),
    after: json(plan.after),
    now: plan.now,
    touches: plan.touches,
    users: plan.users,
    owner: plan.owner === null ? null : { ...plan.owner },
    notUndone: plan.notUndone,
    dryRun: { outcome: plan.dryRun.replace("_", "-"), says: plan.dryRunSays },
    facts: plan.facts.map(fact),
    plannedAt: iso(plan.plannedAt),
    request: { verb, path, contentType, bytes: body.length },
  };
}

function suggested(proposal: Proposal): Fields {
  const { denied, drafted } = proposal;
  const draft = draftOf(proposal);
  const own = draft === undefined ? [] : [{ rule: draft.author, reason: draft.because }];
  return {
    reasons:
      denied === undefined ? own : denied.event.rulings.map(({ rule, reason, hard }) => ({ rule, reason, hard })),
    ...(denied && {
      wouldHaveBeen: denied.event.wouldHaveBeen,
      policyDigest: denied.event.policyDigest,
      deniedAt: iso(denied.time),
    }),
    ...(draft && {
      by: draft.by,
      author: draft.author,
      because: draft.because,
      words: draft.words,
      confidence: draft.confidence,
      evidence: draft.evidence.map(evidence),
      ...(draft.replanOf !== null && { replanOf: draft.replanOf }),
      ...(draft.backOutOf !== null && { backOutOf: draft.backOutOf }),
    }),
    ...(drafted && { draftedAt: iso(drafted.time) }),
  };
}

function verdictOf({ approved, rejected }: Proposal): Fields {
  if (approved !== undefined)
    return { verdictAt: iso(approved.event.verdictAt), executeBy: iso(approved.event.executeBy) };
  if (rejected === undefined) return {};
  const { verdictAt, by, because } = rejected.event;
  return { verdictAt: iso(verdictAt), rejected: { by, because } };
}

function voteOf({ id, vote }: Approval, time: number): readonly Fields[] {
  if (vote === null) return [];
  const { issuer, subject, name, roles, level } = vote.person;
  return [
    {
      id,
      decision: vote.decision,
      person: { issuer, subject, name, roles, level },
      typed: vote.typed,
      reason: vote.reason,
      at: iso(time),
    },
  ];
}

/** Who asked for another plan, and the proposal that policy plans for it. */
function requestsOf({ allowed, approvals }: Proposal): readonly Fields[] {
  return approvals.flatMap(({ event: { id, request }, time }) => {
    if (request === null || allowed === undefined) return [];
    const { issuer, subject, name, roles, level } = request.person;
    const person = { issuer, subject, name, roles, level };
    const next = nextOf(allowed.event, id);
    return [{ id, wants: request.wants.replace("_", "-"), person, reason: request.reason, at: iso(time), next }];
  });
}

function outcome(execution: Execution | undefined): Fields {
  if (execution === undefined) return {};
  const { state, because, executor, observed, answer, at } = execution;
  return {
    outcome: {
      state,
      because,
      executor,
      at: iso(at),
      observed: observed.map(fact),
      answer: answer === null ? null : { ...answer },
      ...(execution.backOut && { backOut: backOut(execution.backOut) }),
    },
  };
}

function backOut({ kind, command, action, because }: BackOut): Fields {
  return {
    kind: kind.replace("_", "-"),
    ...(command !== null && { command }),
    ...(action !== null && { action: call(action) }),
    ...(because !== null && { because }),
  };
}

function call({ action, arguments: given }: ActionCall): Fields {
  return { action, arguments: named(given) };
}

/** What holds one name twice is not what any action takes, so nothing acts on it; it is shown, and the later value wins. */
function named(entries: readonly NameValue[]): Fields {
  try {
    return recordOf(entries);
  } catch {
    return Object.fromEntries(entries.map(({ name, value }) => [name, value]));
  }
}

function fact({ name, value, source, readAt }: Fact): Fields {
  return { name, value, source, readAt: iso(readAt) };
}

function evidence({ id, source, query, readAt, says, outsideWritable }: Evidence): Fields {
  return { id, source, query, readAt: iso(readAt), says, outsideWritable };
}

function json(bytes: Buffer): Json {
  try {
    const value: Json = JSON.parse(bytes.toString());
    return value;
  } catch {
    return null;
  }
}
