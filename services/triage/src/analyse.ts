import { nameValues, recordOf, stepId, type Analysis, type Drafted } from "@holdfast/schemas";
import type { Analyst, Draft, Opinion } from "./analyst.ts";
import { objectKey, type OpenIncident, type State } from "./state.ts";

/** What one step of an investigation publishes: its id is made of the event that caused it. */
export type Step = { readonly id: string; readonly analyst: Analyst["name"]; readonly at: number };

export type Outcome = { readonly analysis: Analysis; readonly drafts: readonly Drafted[] };

/** One analysis and its drafts. What an open incident, this one or another, has drafted already is named and not drafted again. */
export function outcomeOf(incident: OpenIncident, opinion: Opinion, step: Step, drafted: State["drafted"]): Outcome {
  const { drafts: suggested, cost, ...parts } = opinion;
  const drafts: Drafted[] = [];
  const proposals: string[] = [];
  for (const draft of onePerObject(suggested)) {
    const same = drafted(draft);
    if (same === undefined) drafts.push(draftedOf(incident, draft, opinion, step));
    proposals.push(same?.id ?? draftId(step, draft));
  }
  return {
    analysis: { ...parts, id: step.id, incident: incident.id, analyst: step.analyst, proposals, cost, at: step.at },
    drafts,
  };
}

function onePerObject(drafts: readonly Draft[]): readonly Draft[] {
  return drafts.filter(
    ({ target }, index) => drafts.findIndex((other) => objectKey(other.target) === objectKey(target)) === index,
  );
}

function draftId(step: Step, { target }: Draft): string {
  return stepId(step.id, `draft/${objectKey(target)}`);
}

function draftedOf(incident: OpenIncident, draft: Draft, opinion: Opinion, step: Step): Drafted {
  const id = draftId(step, draft);
  const { by, author, action, target, because, words, confidence } = draft;
  return {
    id,
    incident: incident.id,
    proposal: id,
    analysis: step.id,
    by,
    author,
    action,
    arguments: nameValues(recordOf(draft.arguments)),
    target,
    because,
    words,
    confidence,
    evidence: opinion.evidence.filter((one) => draft.evidence.includes(one.id)),
    replanOf: null,
    backOutOf: null,
    at: step.at,
  };
}
