import { span, type Analysis } from "@holdfast/schemas";
import { stateOf, type Proposal } from "@holdfast/proposals";
import type { Desk } from "./desk.ts";
import { html, type Html } from "./html.ts";
import { holdSays, holdsOf } from "./letter-show.ts";
import { incidentLine, membersOf } from "./incident.ts";
import type { Story } from "./knowledge.ts";
import { clock } from "./moment.ts";
import { codeOf, toneOf } from "./review.ts";
import type { Eye } from "./show.ts";

/** An incident in a few lines, with its newest analysis. */
export function incidentSummary(desk: Desk, story: Story): Html {
  const newest = story.analyses.at(-1);
  return html`<section class="card">
    ${heading(desk, story)} ${newest === undefined ? undefined : html`<p class="said">${newest.summary}</p>`}
  </section>`;
}

/** An incident, whole: its alerts, what was found with the evidence for it, and what was proposed. */
export function incidentCard(desk: Desk, story: Story): Html {
  const eye = desk.eye();
  const proposals = desk.knowledge.proposals.ofIncident(story.id);
  const alerts = membersOf(story).map(
    ({ name, severity, startsAt, ended }) =>
      html`<li>
        ${name ?? "(no name)"} <span class="tag ${ended ? "go" : "warn"}">${ended ? "ended" : "fires"}</span>
        <span class="soft"
          >${severity ?? "no severity"}${startsAt === null ? "" : `, since ${clock(Date.parse(startsAt), eye.now)}`}</span
        >
      </li>`,
  );
  return html`<section class="card">
    ${heading(desk, story)}
    <dl>
      <dt>ALERTS</dt>
      <dd>
        <ul>
          ${alerts}
        </ul>
        ${alerts.length === 0 ? "none: it was found by scanning" : undefined}
      </dd>
      ${story.analyses.map((analysis) => analysisRows(analysis, eye.now))}
      ${
        story.analyses.length === 0
          ? html`<dt>ANALYSIS</dt>
              <dd>there is none yet</dd>`
          : undefined
      }
      <dt>PROPOSALS</dt>
      <dd>
        <ul>
          ${proposals.map((proposal) => proposalLine(eye, proposal))}
        </ul>
        ${proposals.length === 0 ? "none: nothing was proposed that could be decided" : undefined}
      </dd>
    </dl>
  </section>`;
}

function heading({ knowledge, eye }: Desk, story: Story): Html {
  const { state, severity, alertName, alertsFiring, openedAt } = incidentLine(knowledge, story);
  const target = story.changes.find(({ event }) => event.target !== null)?.event.target;
  const place =
    target === null || target === undefined
      ? "no target"
      : `${target.cluster} / ${target.namespace ?? "(no namespace)"} / ${target.kind} ${target.name}`;
  const since = typeof openedAt === "string" ? `, since ${clock(Date.parse(openedAt), eye().now)}` : "";
  const words = `${typeof severity === "string" ? severity : "no severity"}, ${Number(alertsFiring)} ${alertsFiring === 1 ? "alert fires" : "alerts fire"}${since}`;
  return html`<h1>
      <a href="/incidents/${story.id}">${typeof alertName === "string" ? alertName : "Found by scanning"}</a>
      <span class="tag ${state === "open" ? "warn" : "go"}">${state === "open" ? "open" : "closed"}</span>
    </h1>
    <p>${place}</p>
    <p class="soft">${words}</p>
    ${holdsOf(knowledge, story).map((hold) => html`<p class="told">${holdSays(hold)}</p>`)}`;
}

function analysisRows(
  { analyst, model, outcome, summary, hypotheses, evidence, findings, at }: Analysis,
  now: number,
): Html {
  const causes = hypotheses.map(
    ({ cause, confidence, evidence: cited }) =>
      html`<li>
        <span class="said">${cause}</span><br /><span class="soft"
          >${confidence} % by its own word${cited.length === 0 ? "" : `; rests on ${cited.join(", ")}`}</span
        >
      </li>`,
  );
  const found = findings.map(
    ({ signature, subject, says, action }) =>
      html`<li>
        <code>${signature}</code> ${subject}: <span class="said">${says}</span>${action === null ? "" : ` (${action})`}
      </li>`,
  );
  const quoted = evidence.map(
    ({ id, says, source, readAt, outsideWritable }) =>
      html`<li>
        <span class="said">${says}</span><br /><span class="soft"
          >${id}, ${source}, read ${clock(readAt, now)}, ${span(now - readAt)} ago;</span
        >
        ${outsideWritable ? html`<span class="warn">an outside client can write this: not trusted</span>` : html`<span class="soft">read by Holdfast</span>`}
      </li>`,
  );
  return html`<dt>ANALYSIS</dt>
    <dd>
      <p>
        by ${model === null ? analyst : `the model ${model}, not trusted`}: ${outcome.replace("_", " ")}
        <span class="soft">${clock(at, now)}</span>
      </p>
      <p class="said">${summary}</p>
      <ul>
        ${causes}${found}${quoted}
      </ul>
    </dd>`;
}

function proposalLine({ open, now, settleMs }: Eye, proposal: Proposal): Html {
  const { id, allowed, denied, drafted } = proposal;
  const state = stateOf(open, proposal, now, settleMs);
  const action = allowed?.event.plan.action ?? denied?.event.action ?? drafted?.event.action ?? "";
  return html`<li>
    <a href="/proposals/${id}">${codeOf(proposal)} ${action}</a> <span class="tag ${toneOf(state)}">${state}</span>
  </li>`;
}
