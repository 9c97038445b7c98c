import { decode, span, type Denied } from "@holdfast/schemas";
import { html, type Html } from "./html.ts";
import { clock } from "./moment.ts";

/** A refusal in full: the rules first, then what was wanted and why. No command to do it anyway. */
export function deniedCard(
  { event, time }: { readonly event: Denied; readonly time: number },
  now: number,
  isWhole: boolean,
): Html {
  const { cluster, namespace, kind, name } = event.target;
  const rulings = event.rulings.map(
    ({ rule, reason, hard }) =>
      html`<li>
        <code>${rule}</code> <span class="stop">${hard ? "HARD: nobody can waive it here" : "not now"}</span
        ><br />${reason}
      </li>`,
  );
  return html`<section class="card">
    <h1>
      <a href="/proposals/${event.proposal}">${event.action} ${kind} ${name}</a> <span class="tag stop">denied</span>
    </h1>
    <p>
      ${cluster} / ${namespace ?? "(no namespace)"}
      <span class="tag ${event.environment === "prod" ? "stop" : "soft"}">${event.environment}</span>
      <span class="soft"
        >counts as ${event.scope} scope; ${clock(time, now)}, ${span(now - time)} ago; nothing changed</span
      >
    </p>
    <dl>
      <dt>REFUSED</dt>
      <dd>
        <ul>
          ${rulings}
        </ul>
      </dd>
      ${
        event.wouldHaveBeen === null
          ? undefined
          : html`<dt>OTHERWISE</dt>
              <dd>${event.wouldHaveBeen}</dd>`
      }
      ${isWhole ? wanted(event, now) : undefined}
    </dl>
  </section>`;
}

const AUTHORS = { signature: "signature", model: "the model", person: "the person", UNKNOWN: "somebody," } as const;

function wanted(event: Denied, now: number): Html {
  const draft = decode("proposals.drafted", event.draft);
  const evidence = draft.evidence.map(
    ({ source, says, readAt }) =>
      html`<li>
        <span class="said">${says}</span><br /><span class="soft">${source}, read ${clock(readAt, now)}</span>
      </li>`,
  );
  return html`<dt>WANTED</dt>
    <dd>
      <p>by ${AUTHORS[draft.by]} ${draft.author}: ${draft.because}</p>
      <ul>
        ${evidence}
      </ul>
    </dd>
    <dt>POLICY</dt>
    <dd><code>${event.policyDigest.slice(0, 12)}</code></dd>`;
}
