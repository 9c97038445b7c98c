import { nextOf, whyNot, type Proposal } from "@holdfast/proposals";
import { html, type Html } from "./html.ts";
import { clock } from "./moment.ts";
import type { Wants } from "./request.ts";
import type { Eye } from "./show.ts";

const SAYS: Readonly<Record<Wants, { readonly title: string; readonly says: string; readonly button: string }>> = {
  replan: {
    title: "Plan it anew",
    says: "Policy plans the same change on the facts of now, as another proposal. This one closes if it is open.",
    button: "Ask for a new plan",
  },
  back_out: {
    title: "Undo it",
    says: "Policy plans the back-out as a proposal of its own: it is judged and approved like any other.",
    button: "Ask for the back-out",
  },
};

/** Where a person asks for another plan; nothing where there is none to ask for. */
export function requestForms({ open, ...clockOf }: Eye, proposal: Proposal): readonly Html[] {
  return (["replan", "back_out"] as const)
    .filter((wants) => whyNot(open, proposal, wants, clockOf) === undefined)
    .map((wants) => form(proposal, wants));
}

function form({ id }: Proposal, wants: Wants): Html {
  const { title, says, button } = SAYS[wants];
  return html`<form method="post" action="/proposals/${id}/requests" autocomplete="off">
    <button type="submit" disabled hidden>nothing</button>
    <h2>${title}</h2>
    <p>${says}</p>
    <label>Your token<input type="password" name="token" required autocomplete="off" spellcheck="false" /></label>
    <label>Why<textarea name="reason" rows="2" maxlength="2000"></textarea></label>
    <div class="answers"><button type="submit" name="wants" value="${wants}">${button}</button></div>
  </form>`;
}

/** Who asked for another plan, and where it is. */
export function requests({ now }: Eye, { allowed, approvals }: Proposal, isKnown: (id: string) => boolean): Html {
  const lines = approvals.flatMap(({ event: { id, request }, time }) => {
    if (request === null || allowed === undefined) return [];
    const next = nextOf(allowed.event, id);
    const where = isKnown(next)
      ? html`<a href="/proposals/${next}">the proposal that came of it</a>`
      : html`<span class="soft">policy has not answered yet</span>`;
    return [
      html`<li>
        ${request.person.name} asked to ${request.wants === "back_out" ? "undo it" : "plan it anew"}
        <span class="soft">${clock(time, now)}</span
        >${request.reason === null ? undefined : html`<br /><span class="said">${request.reason}</span>`}<br />${where}
      </li>`,
    ];
  });
  return lines.length === 0
    ? html``
    : html`<section class="card">
        <ul>
          ${lines}
        </ul>
      </section>`;
}
