import { stateOf, verdictOf, type Proposal, type ProposalState } from "@holdfast/proposals";
import { digestOf, shortCode, span, type BackOut, type Drafted, type Fact, type Plan } from "@holdfast/schemas";
import { changesOf } from "./changes.ts";
import { disagreementOf } from "./disagreement.ts";
import { html, type Html } from "./html.ts";
import { clock } from "./moment.ts";
import type { Sealed } from "./sealed.ts";
import type { Eye } from "./show.ts";

/** What the alerts say, which is not signed: it stands beside the proposal and never in place of it. */
export type Beside = {
  readonly severity: string | null;
  readonly alertsFiring: number;
  readonly openedAt: number | undefined;
  /** Each question to a model about its incident, and what it cost. */
  readonly asked: readonly { readonly model: string; readonly microUsd: number }[];
};

/** The review of one proposal, from the signed bytes alone, in the order in which a person decides. */
export function review(eye: Eye, proposal: Proposal, sealed: Sealed, beside: Beside | undefined): Html {
  const { draft, allowed } = sealed;
  const { plan } = allowed;
  const { now } = eye;
  return html`<section class="card">
    ${heading(eye, proposal, plan, beside)}
    <dl>
      <dt>USERS</dt>
      <dd>${plan.users}</dd>
      <dt>NOW</dt>
      <dd>${plan.now}</dd>
      <dt>CHANGE</dt>
      <dd class="change">${change(plan)}</dd>
      <dt>TOUCHES</dt>
      <dd>${plan.touches}${touched(plan)}</dd>
      <dt>UNDO</dt>
      <dd>${undo(plan.backOut)}</dd>
      <dt>NOT UNDONE</dt>
      <dd>${plan.notUndone.length === 0 ? "nothing that Holdfast knows of" : plan.notUndone.join(", ")}</dd>
      <dt>STICKS?</dt>
      <dd>
        ${plan.owner === null ? "nothing else is known to own these fields" : `${plan.owner.name}: ${plan.owner.says}`}
      </dd>
      <dt>WHY</dt>
      <dd>${why(draft, plan, now)}</dd>
      <dt>CHECKED</dt>
      <dd>${plan.dryRunSays}; rules ${allowed.rules.join(", ")} of policy ${allowed.policyDigest.slice(0, 6)}</dd>
      <dt>MODEL</dt>
      <dd>${words(draft, plan, beside)}</dd>
      <dt>VOTES</dt>
      <dd>${votes(eye, proposal, sealed)}</dd>
      <dt>CODE</dt>
      <dd>
        <code>${codeOf(proposal)}</code> <span class="soft">the same here, on the phone and in the terminal</span>
      </dd>
    </dl>
  </section>`;
}

export function codeOf({ allowed }: Proposal): string {
  return allowed === undefined ? "" : shortCode(digestOf(allowed.value));
}

export function heading(eye: Eye, proposal: Proposal, plan: Plan, beside: Beside | undefined): Html {
  const { cluster, namespace, kind, name } = plan.target;
  const state = stateOf(eye.open, proposal, eye.now, eye.settleMs);
  const lastMoment = proposal.allowed?.event.lastMoment ?? eye.now;
  const open = html` <span class="soft">answer by ${clock(lastMoment, eye.now)} (${span(lastMoment - eye.now)})</span>`;
  return html`<h1>
      ${plan.action} <span class="tag ${toneOf(state)}">${state}</span>${state === "open" ? open : undefined}
    </h1>
    <p>
      ${cluster} / ${namespace ?? "(no namespace)"} / ${kind} <strong>${name}</strong>
      <span class="tag ${plan.environment === "prod" ? "stop" : "soft"}">${plan.environment}</span>
    </p>
    <p class="soft">${beside === undefined ? "its incident is not known here" : besideLine(beside, eye.now)}</p>`;
}

function besideLine({ severity, alertsFiring, openedAt }: Beside, now: number): string {
  const since = openedAt === undefined ? "" : `, first ${clock(openedAt, now)}`;
  return `${severity ?? "no severity"}, ${alertsFiring} ${alertsFiring === 1 ? "alert fires" : "alerts fire"}${since}`;
}

export function toneOf(state: ProposalState): string {
  if (state === "open" || state === "unknown" || state === "started" || state === "approved") return "warn";
  return state === "succeeded" ? "go" : "stop";
}

function change(plan: Plan): Html {
  const gone = podGone(plan);
  if (gone !== undefined) return html`<p>${gone}</p>`;
  const changes = changesOf(JSON.parse(plan.before.toString()), JSON.parse(plan.after.toString()));
  const lines = changes.map(
    ({ path, before, after }) =>
      html`<li>
        <span class="soft">${path}</span><br /><code>${text(before)}</code> &rarr; <code>${text(after)}</code>
      </li>`,
  );
  return html`<ul>
      ${lines}
    </ul>
    <p class="soft">${changes.length} ${changes.length === 1 ? "field" : "fields"}, nothing else</p>`;
}

const GOES: Readonly<Record<string, string>> = { DELETE: "is deleted", POST: "is evicted" };

/** Of a pod that goes nothing is left to compare: what happens to it is the change. */
function podGone({ request, target, backOut }: Plan): string | undefined {
  const goes = target.kind === "Pod" ? GOES[request.verb] : undefined;
  if (goes === undefined) return undefined;
  const after = backOut.kind === "self_heals" ? "; its controller makes another" : "";
  return `pod ${target.namespace ?? target.cluster}/${target.name} ${goes}${after}`;
}

function text(value: unknown): string {
  if (value === null) return "(absent)";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function touched({ podsAffected, pods, scope }: Plan): Html {
  return html`<p class="soft">
    scope ${scope}, ${podsAffected}
    ${podsAffected === 1 ? "pod" : "pods"}${pods.length === 0 ? "" : `: ${pods.join(", ")}`}
  </p>`;
}

function undo({ kind, command, because }: BackOut): Html {
  if (kind === "self_heals") return html`it heals itself: ${because ?? "its controller restores it"}`;
  return html`<pre>${command ?? "not known"}</pre>
    ${because === null ? undefined : html`<p>${because}</p>`}`;
}

function why(draft: Drafted, plan: Plan, now: number): Html {
  const facts = plan.facts.map((fact) => factLine(fact, now));
  const evidence = draft.evidence.map(({ source, says, readAt, outsideWritable }) => {
    const trust = outsideWritable
      ? html`<span class="warn">an outside client can write this: not trusted</span>`
      : html`<span class="soft">read by Holdfast</span>`;
    return html`<li>
      <span class="said">${says}</span><br /><span class="soft"
        >${source}, read ${clock(readAt, now)}, ${span(now - readAt)} ago;</span
      >
      ${trust}
    </li>`;
  });
  // The model's reason is the model's words, which stand apart.
  const reason = draft.by === "model" ? undefined : html`<p>${draft.because}</p>`;
  return html`<p>${authorOf(draft)}</p>
    ${reason}
    <ul>
      ${facts}${evidence}
    </ul>`;
}

function authorOf({ by, author }: Drafted): string {
  if (by === "signature") return `signature "${author}"; no model needed`;
  return by === "person" ? `${author}, a person, asked for it` : `the model ${author}`;
}

function factLine({ name, value, source, readAt }: Fact, now: number): Html {
  return html`<li>${name}: ${value} <span class="soft">${source}, read ${span(now - readAt)} ago</span></li>`;
}

function words(draft: Drafted, plan: Plan, beside: Beside | undefined): Html {
  const disagreement = disagreementOf(draft, plan);
  const warning =
    disagreement === undefined
      ? undefined
      : html`<p class="stop"><strong>Disagrees: ${disagreement}.</strong> What would be done is the change above.</p>`;
  const said = [draft.by === "model" ? draft.because : "", draft.words].filter((part) => part !== "").join("\n\n");
  if (said === "") return html`${warning}${askedLine(beside)}`;
  return html`${warning}
    <p class="soft">${askedLine(beside)}</p>
    <details>
      <summary>its words, not trusted</summary>
      <div class="said">${said}</div>
    </details>`;
}

function askedLine(beside: Beside | undefined): string {
  if (beside === undefined) return "whether a model was asked is not known here";
  const { asked } = beside;
  const [newest] = asked.toReversed();
  if (newest === undefined) return "signatures alone: no model was asked";
  const microUsd = asked.reduce((sum, each) => sum + each.microUsd, 0);
  return `${newest.model} was asked, for $${(microUsd / 1e6).toFixed(2)}; its analysis stands with the incident`;
}

function votes({ open, now }: Eye, proposal: Proposal, { allowed }: Sealed): Html {
  const verdict = verdictOf(open, proposal.approvals);
  const yes =
    verdict.state === "open" ? verdict.approvals.length : verdict.state === "approved" ? verdict.counted.length : 0;
  const lines = proposal.approvals.flatMap(({ event: { vote, closing }, time }) => {
    if (closing !== null)
      return [
        html`<li>closed: ${closing.closing} <span class="soft">${closing.because} ${clock(time, now)}</span></li>`,
      ];
    if (vote === null) return [];
    return [
      html`<li>
        ${vote.person.name}: ${vote.decision}
        <span class="soft">${clock(time, now)}</span
        >${vote.reason === null ? undefined : html`<br /><span class="said">${vote.reason}</span>`}
      </li>`,
    ];
  });
  return html`<p>
      ${yes} of ${allowed.quorum} (role ${allowed.roles.join(" or ")}, level ${allowed.level} or stronger)
    </p>
    <ul>
      ${lines}
    </ul>`;
}
