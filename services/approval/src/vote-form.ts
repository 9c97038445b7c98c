import type { Proposal } from "@holdfast/proposals";
import { digestOf } from "@holdfast/schemas";
import { html, type Html } from "./html.ts";
import { codeOf } from "./review.ts";
import type { Sealed } from "./sealed.ts";

/** Where a person answers. Nothing is filled in, and the key Enter sends nothing: the form's first button is dead. */
export function voteForm(proposal: Proposal, sealed: Sealed | string): Html {
  if (proposal.allowed === undefined) return html``;
  const isElevated = typeof sealed !== "string" && sealed.tier !== "one-ack";
  return html`<form method="post" action="/proposals/${proposal.id}/votes" autocomplete="off">
    <button type="submit" disabled hidden>nothing</button>
    <input type="hidden" name="digest" value="${digestOf(proposal.allowed.value)}" />
    <h2>Your answer to ${codeOf(proposal)}</h2>
    ${typeof sealed === "string" || !isElevated ? undefined : inFull(sealed)}
    <label>Your token<input type="password" name="token" required autocomplete="off" spellcheck="false" /></label>
    ${typeof sealed === "string" || !isElevated ? undefined : typed(sealed.allowed.confirmText)}
    <label
      >Why ${isElevated ? "(needed)" : "(needed to reject)"}<textarea
        name="reason"
        rows="2"
        maxlength="2000"
      ></textarea>
    </label>
    <div class="answers">
      ${typeof sealed === "string" ? undefined : html`<button class="go" type="submit" name="decision" value="approve">Approve</button>`}
      <button class="stop" type="submit" name="decision" value="reject">Reject</button>
    </div>
  </form>`;
}

function typed(confirmText: string): Html {
  return html`<label
    >Type <code>${confirmText}</code> to approve<input
      type="text"
      name="typed"
      autocomplete="off"
      autocapitalize="off"
      autocorrect="off"
      spellcheck="false"
      maxlength="2000"
  /></label>`;
}

/** At an elevated tier nobody answers without what it touches and what undoes it before their eyes, in full. */
function inFull({ allowed, scope, tier }: Sealed): Html {
  const { plan } = allowed;
  const { cluster, namespace, kind, name } = plan.target;
  const { kind: undo, command, because } = plan.backOut;
  return html`<div class="full">
    <p>
      <strong>You would change the ${scope} ${kind} ${name}</strong> in ${namespace ?? cluster} of ${cluster}
      (${plan.environment}): ${plan.podsAffected}
      ${plan.podsAffected === 1 ? "pod" : "pods"}${plan.reversible ? "" : ", and it cannot be reversed"}.
    </p>
    <p>${plan.touches}</p>
    <p>${undo === "self_heals" ? `Undo: it heals itself: ${because ?? ""}` : "Undo:"}</p>
    ${undo === "self_heals" ? undefined : html`<pre>${command ?? "not known"}</pre>`}
    <p>Not undone: ${plan.notUndone.length === 0 ? "nothing that Holdfast knows of" : plan.notUndone.join(", ")}.</p>
    ${tier === "two-people" ? html`<p>Two people must approve this, each for themselves.</p>` : undefined}
  </div>`;
}
