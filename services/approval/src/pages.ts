import type { Person } from "@holdfast/guard";
import { outcomeOf, stateOf, whyNot, type Proposal } from "@holdfast/proposals";
import express, { Router, type Request, type RequestHandler, type Response } from "express";
import { fromOwnPage } from "./access.ts";
import { deniedCard } from "./denied.ts";
import type { Desk } from "./desk.ts";
import { findIncident, findProposal } from "./find.ts";
import { html, type Html } from "./html.ts";
import { incidentCard } from "./incident-page.ts";
import { besideOf, inbox } from "./inbox.ts";
import { clock } from "./moment.ts";
import { holdSays, holdsOf } from "./letter-show.ts";
import { noted, notedRequest, UNSURE, UNSURE_REQUEST } from "./noted.ts";
import { page, PAGE_HEADERS } from "./page.ts";
import type { Refused } from "./refusal.ts";
import { requestForms, requests } from "./request-form.ts";
import type { Wants } from "./request.ts";
import { codeOf, review } from "./review.ts";
import { sealedOf } from "./sealed.ts";
import type { Eye } from "./show.ts";
import { voteForm } from "./vote-form.ts";

const FORM_BYTES_MAX = 64 * 1024;
const REFRESH_SECONDS = 10;

/** The plain inbox: whole pages made here, without a line of script. A GET changes nothing, ever. */
export function pages(desk: Desk, read: RequestHandler): Router {
  const router = Router();
  router.get("/", read, (_, res) => send(res, 200, "Inbox - Holdfast", inbox(desk), REFRESH_SECONDS));
  router.get("/proposals/:id", read, (req, res) => proposalPage(desk, req, res));
  router.get("/incidents/:id", read, (req, res) => incidentPage(desk, req, res));
  const form = [
    read,
    fromOwnPage,
    express.urlencoded({ extended: false, limit: FORM_BYTES_MAX, inflate: false }),
  ] as const;
  router.post("/proposals/:id/votes", ...form, (req, res) => formVote(desk, req, res));
  router.post("/proposals/:id/requests", ...form, (req, res) => formRequest(desk, req, res));
  return router;
}

function proposalPage(desk: Desk, req: Request, res: Response): void {
  const name = String(req.params["id"]);
  const found = findProposal(desk.knowledge.proposals.all(), name);
  if (found.outcome === "found") {
    desk.attention.shown(found.proposal.id, undefined);
    return send(res, 200, `${found.proposal.id} - Holdfast`, whole(desk, found.proposal, undefined));
  }
  const says =
    found.outcome === "none"
      ? `There is no proposal ${name.slice(0, 100)}.`
      : `${found.ids.length} proposals answer to ${name}. Open one from the inbox.`;
  send(res, found.outcome === "none" ? 404 : 409, "Holdfast", html`<p class="told">${says}</p>`);
}

function incidentPage(desk: Desk, req: Request, res: Response): void {
  const name = String(req.params["id"]);
  const found = findIncident(desk.knowledge, name);
  if (found.outcome === "found")
    return send(res, 200, `${found.story.id} - Holdfast`, incidentCard(desk, found.story), REFRESH_SECONDS);
  const says =
    found.outcome === "none"
      ? `There is no incident ${name.slice(0, 100)}.`
      : `${found.ids.length} incidents begin with ${name}. Open one from the inbox.`;
  send(res, found.outcome === "none" ? 404 : 409, "Holdfast", html`<p class="told">${says}</p>`);
}

/** The same vote as at the JSON door, from a form of ours: the token comes in the form and is kept nowhere. */
async function formVote(desk: Desk, req: Request, res: Response): Promise<void> {
  const { form, id, person } = sentBy(desk, req);
  const voted = await desk.poll(person, {
    proposalId: id,
    digest: form["digest"],
    decision: form["decision"],
    ...filled("typed", form["typed"]),
    ...filled("reason", form["reason"]),
  });
  noted(desk.log, voted, person?.subject);
  if (voted.outcome === "recorded") return res.redirect(303, `/proposals/${voted.proposal}`);
  sayAgain(desk, res, id, voted, UNSURE);
}

/** A request for another plan, from a form of ours. */
async function formRequest(desk: Desk, req: Request, res: Response): Promise<void> {
  const { form, id, person } = sentBy(desk, req);
  const wants = WANTS.find((each) => each === form["wants"]);
  if (wants === undefined)
    return sayAgain(desk, res, id, { outcome: "refused", status: 400, says: "This form asks for nothing." }, "");
  const asked = await desk.ask(person, id, wants, filled("reason", form["reason"]));
  notedRequest(desk.log, asked, person?.subject);
  if (asked.outcome === "recorded") return res.redirect(303, `/proposals/${asked.proposal}`);
  sayAgain(desk, res, id, asked, UNSURE_REQUEST);
}

const WANTS: readonly Wants[] = ["replan", "back_out"];

function sentBy(
  { approvers }: Desk,
  req: Request,
): { readonly form: Readonly<Record<string, unknown>>; readonly id: string; readonly person: Person | undefined } {
  const form: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(req.body ?? {}));
  const person = typeof form["token"] === "string" ? approvers.identify(form["token"]) : undefined;
  return { form, id: String(req.params["id"]), person };
}

/** The page once more, with what was not taken said above it. */
function sayAgain(
  desk: Desk,
  res: Response,
  id: string,
  answer: Refused | { readonly outcome: "unsure" },
  unsure: string,
): void {
  const proposal = desk.knowledge.proposals.get(id);
  const status = answer.outcome === "refused" ? answer.status : 503;
  const says =
    answer.outcome === "unsure"
      ? unsure
      : status === 401
        ? "No approver has this token. Nothing was recorded."
        : answer.says;
  if (answer.outcome === "refused" && answer.retryAfterSeconds !== undefined)
    res.set("retry-after", String(answer.retryAfterSeconds));
  send(
    res,
    status,
    "Holdfast",
    proposal === undefined ? html`<p class="told">${says}</p>` : whole(desk, proposal, says),
  );
}

/** A field that was left empty was not filled in. */
function filled(name: string, value: unknown): Readonly<Record<string, unknown>> {
  return value === undefined || value === "" ? {} : { [name]: value };
}

function whole(desk: Desk, proposal: Proposal, told: string | undefined): Html {
  const eye = desk.eye();
  const { allowed, denied } = proposal;
  const story = desk.knowledge.incident(proposal.incident);
  const held = story === undefined ? [] : holdsOf(desk.knowledge, story);
  const says = [...(told === undefined ? [] : [told]), ...held.map(holdSays)].map(
    (line) => html`<p class="told">${line}</p>`,
  );
  if (allowed === undefined) {
    return html`${says}${denied === undefined ? html`<p class="card">Policy has not answered this draft yet.</p>` : deniedCard(denied, eye.now, true)}`;
  }
  const sealed = sealedOf(allowed.event);
  const isOpen = stateOf(eye.open, proposal, eye.now, eye.settleMs) === "open";
  const isKnown = (id: string): boolean => desk.knowledge.proposals.get(id) !== undefined;
  return html`${says} ${outcome(proposal, eye)} ${nextStep(eye, proposal)} ${requests(eye, proposal, isKnown)}
  ${typeof sealed === "string" ? html`<p class="told">${sealed}</p>` : review(eye, proposal, sealed, besideOf(desk, proposal))}
  ${isOpen ? voteForm(proposal, sealed) : undefined} ${requestForms(eye, proposal)}`;
}

/** Of what ended without being done: how the same change is asked for once more, where it may be. */
function nextStep({ open, now, settleMs }: Eye, proposal: Proposal): Html | undefined {
  const isOpen = stateOf(open, proposal, now, settleMs) === "open";
  if (isOpen || whyNot(open, proposal, "replan", { now, settleMs }) !== undefined) return undefined;
  return html`<section class="card">
    <p>To have the same change planned on the facts of now, ask below, or in a terminal:</p>
    <pre>npx --no holdfast replan ${codeOf(proposal)}</pre>
  </section>`;
}

function outcome(proposal: Proposal, { open, now, settleMs }: Eye): Html | undefined {
  const { executions, rejected } = proposal;
  const execution = outcomeOf(executions);
  if (execution !== undefined) {
    const undo = execution.backOut?.command;
    const isUndoable = whyNot(open, proposal, "back_out", { now, settleMs }) === undefined;
    return html`<section class="card">
      <p>
        <strong>${execution.state}</strong>: ${execution.because}
        <span class="soft">${clock(execution.at, now)}, by ${execution.executor}</span>
      </p>
      ${execution.observed.map(({ name, value }) => html`<p>${name}: ${value}</p>`)}
      ${
        undo === undefined || undo === null
          ? undefined
          : html`${
                isUndoable
                  ? html`<p>To undo it through the same gate:</p>
                      <pre>npx --no holdfast backout ${codeOf(proposal)}</pre>`
                  : undefined
              }
              <p>${isUndoable ? "Or by hand:" : "To undo it:"}</p>
              <pre>${undo}</pre>`
      }
    </section>`;
  }
  return rejected === undefined
    ? undefined
    : html`<section class="card">
        <p>
          <strong>rejected</strong>: ${rejected.event.because}
          <span class="soft">${clock(rejected.event.verdictAt, now)}</span>
        </p>
      </section>`;
}

function send(res: Response, status: number, title: string, body: Html, refreshSeconds?: number): void {
  res
    .status(status)
    .set(PAGE_HEADERS)
    .send(page({ title, body, ...(refreshSeconds !== undefined && { refreshSeconds }) }));
}
