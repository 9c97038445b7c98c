import { outcomeOf, stateOf, type Proposal } from "@holdfast/proposals";
import { deniedCard } from "./denied.ts";
import type { Desk } from "./desk.ts";
import { html, type Html } from "./html.ts";
import { incidentSummary } from "./incident-page.ts";
import { incidentLine } from "./incident.ts";
import { holdSays } from "./letter-show.ts";
import type { Story } from "./knowledge.ts";
import { newestFirst } from "./list.ts";
import { clock } from "./moment.ts";
import { codeOf, heading, toneOf, type Beside } from "./review.ts";
import type { Eye } from "./show.ts";

const OPEN_MAX = 50;
const UNDECIDED_MAX = 20;
const DENIED_MAX = 10;
const DONE_MAX = 20;
const HELD_MAX = 20;

/** What waits for people, the newest first; then what policy refused, and what was done lately. */
export function inbox(desk: Desk): Html {
  const eye = desk.eye();
  const all = newestFirst(desk.knowledge.proposals.all()).map((proposal) => ({
    proposal,
    state: stateOf(eye.open, proposal, eye.now, eye.settleMs),
  }));
  const open = all.filter(({ state }) => state === "open");
  const denied = all.filter(({ state }) => state === "denied").slice(0, DENIED_MAX);
  const done = all.filter(({ state }) => !["open", "denied", "drafted"].includes(state)).slice(0, DONE_MAX);
  const asked = new Set(open.map(({ proposal }) => proposal.incident));
  const undecided = [...desk.knowledge.incidents()]
    .filter(({ id, changes, analyses }) => analyses.length > 0 && !asked.has(id) && isStillOpen(changes))
    .toSorted((a, b) => (b.changes[0]?.time ?? 0) - (a.changes[0]?.time ?? 0))
    .slice(0, UNDECIDED_MAX);
  return html`<h2>Waits for you: ${open.length === 0 ? "nothing" : open.length}</h2>
    ${open.slice(0, OPEN_MAX).map(({ proposal }) => openCard(desk, eye, proposal))}
    ${[...desk.knowledge.parked.letters.holds()].slice(0, HELD_MAX).map((hold) => html`<p class="told">${holdSays(hold)}</p>`)}
    <h2>Wrong, with nothing to decide: ${undecided.length === 0 ? "nothing" : undecided.length}</h2>
    ${undecided.map((story) => incidentSummary(desk, story))}
    <h2>Refused by policy lately: ${denied.length === 0 ? "nothing" : denied.length}</h2>
    ${denied.flatMap(({ proposal }) => (proposal.denied === undefined ? [] : [deniedCard(proposal.denied, eye.now, false)]))}
    <h2>Decided lately: ${done.length === 0 ? "nothing" : done.length}</h2>
    ${done.map(({ proposal, state }) => doneLine(eye, proposal, state))}`;
}

function isStillOpen(changes: Story["changes"]): boolean {
  return !changes.some(({ event }) => event.change === "closed");
}

/** The incident beside a proposal, as triage tells it. */
export function besideOf({ knowledge }: Desk, { incident }: Proposal): Beside | undefined {
  const story = knowledge.incident(incident);
  if (story === undefined) return undefined;
  const { severity, alertsFiring } = incidentLine(knowledge, story);
  return {
    severity: typeof severity === "string" ? severity : null,
    alertsFiring: Number(alertsFiring),
    openedAt: story.changes[0]?.time,
    asked: story.analyses.flatMap(({ model, cost }) => (model === null ? [] : [{ model, microUsd: cost.microUsd }])),
  };
}

function openCard(desk: Desk, eye: Eye, proposal: Proposal): Html {
  const { allowed } = proposal;
  if (allowed === undefined) return html``;
  const { plan } = allowed.event;
  return html`<section class="card">
    ${heading(eye, proposal, plan, besideOf(desk, proposal))}
    <dl>
      <dt>USERS</dt>
      <dd>${plan.users}</dd>
      <dt>NOW</dt>
      <dd>${plan.now}</dd>
      <dt>TOUCHES</dt>
      <dd>${plan.touches}</dd>
    </dl>
    <p>
      <a href="/proposals/${proposal.id}"><strong>Review ${codeOf(proposal)}</strong></a>
      <span class="soft">or: npx --no holdfast review ${codeOf(proposal)}</span>
    </p>
  </section>`;
}

function doneLine(eye: Eye, proposal: Proposal, state: Parameters<typeof toneOf>[0]): Html {
  const { allowed, approved, rejected, executions } = proposal;
  if (allowed === undefined) return html``;
  const { action, target } = allowed.event.plan;
  const outcome = outcomeOf(executions);
  const at = outcome?.at ?? approved?.event.verdictAt ?? rejected?.event.verdictAt ?? allowed.time;
  return html`<section class="card">
    <p>
      <a href="/proposals/${proposal.id}">${action} ${target.namespace ?? ""}/${target.name}</a>
      <span class="tag ${toneOf(state)}">${state}</span> <span class="soft">${clock(at, eye.now)}</span>
    </p>
    <p class="soft">${outcome?.because ?? rejected?.event.because ?? "approved; the executor has not reported yet"}</p>
  </section>`;
}
