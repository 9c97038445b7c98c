import type { Approvers } from "@holdfast/guard";
import { nothingHere, problem, type Log } from "@holdfast/service";
import { visibleJson } from "@holdfast/schemas";
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from "express";
import { personOf, readers } from "./access.ts";
import type { Desk } from "./desk.ts";
import { findIncident, findProposal } from "./find.ts";
import { incidentLine, incidentWhole } from "./incident.ts";
import { lettersDoor } from "./letters-door.ts";
import { askedList, isIn, newestFirst, paged } from "./list.ts";
import { standing, testMessage } from "./notify/door.ts";
import { noted, notedRequest, UNSURE, UNSURE_REQUEST } from "./noted.ts";
import { pages } from "./pages.ts";
import { readFirst } from "./read-first.ts";
import type { Wants } from "./request.ts";
import { shown, type Json } from "./show.ts";

const BODY_BYTES_MAX = 64 * 1024;
const HERE = "Here are the inbox at /, /v1/proposals, /v1/incidents and POST /v1/approvals.";

/** The door of the people: the inbox, what there is to decide, and votes. */
export function openDoor(desk: Desk): Express {
  const { approvers, boundTo, log } = desk;
  const app = express().disable("x-powered-by").disable("etag").set("query parser", false);
  const read = readers(boundTo, approvers);
  app.use(secured, readFirst(desk));
  app.post(
    "/v1/approvals",
    known(desk),
    jsonOnly,
    express.json({ limit: BODY_BYTES_MAX, inflate: false, type: () => true }),
    (req, res) => vote(desk, req, res),
  );
  app.post("/v1/proposals/:id/replan", ...asking(desk, "replan"));
  app.post("/v1/proposals/:id/backout", ...asking(desk, "back_out"));
  app.get("/v1/notifier", read, standing(desk));
  app.post("/v1/notifier/test", testMessage(desk));
  app.get("/v1/me", (req, res) => me(approvers, req, res));
  app.get("/v1/proposals", read, (req, res) => listProposals(desk, req, res));
  app.get("/v1/proposals/:id", read, (req, res) =>
    withProposal(desk, req, res, (proposal) => {
      desk.attention.shown(proposal.id, personOf(desk.approvers, req)?.subject);
      say(res, shown(desk.eye(), proposal));
    }),
  );
  app.get("/v1/proposals/:id/bytes", read, (req, res) => bytes(desk, req, res));
  app.get("/v1/incidents", read, (req, res) => listIncidents(desk, req, res));
  app.get("/v1/incidents/:id", read, (req, res) => incident(desk, req, res));
  app.use(lettersDoor(desk, read));
  app.use(pages(desk, read));
  app.use(nothingHere(HERE), malformed(log));
  return app;
}

const secured: RequestHandler = (_, res, next) => {
  res.set({
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  });
  next();
};

/** Before anything is read: whoever has no token costs nothing. */
function known(desk: Desk): RequestHandler {
  return async (req, res, next) => {
    if (personOf(desk.approvers, req) === undefined) await vote(desk, req, res);
    else next();
  };
}

const jsonOnly: RequestHandler = (req, res, next) => {
  if (/^application\/json\s*(;|$)/i.test(req.headers["content-type"] ?? "")) next();
  else problem(res, 415, "A vote is sent as application/json. Nothing was recorded.");
};

async function vote({ approvers, poll, log }: Desk, req: Request, res: Response): Promise<void> {
  const person = personOf(approvers, req);
  const voted = await poll(person, req.body);
  noted(log, voted, person?.subject);
  switch (voted.outcome) {
    case "refused":
      if (voted.status === 401) res.set("www-authenticate", "Bearer");
      if (voted.retryAfterSeconds !== undefined) res.set("retry-after", String(voted.retryAfterSeconds));
      return problem(res, voted.status, voted.says);
    case "unsure":
      res.set("retry-after", "2");
      return problem(res, 503, UNSURE);
    case "recorded": {
      const { outcome: _, ...answer } = voted;
      say(res.status(201), answer);
    }
  }
}

/** Before anything is read: whoever has no token costs nothing. */
function asking(desk: Desk, wants: Wants): readonly RequestHandler[] {
  const answer: RequestHandler = (req, res) => request(desk, wants, req, res);
  const stranger: RequestHandler = async (req, res, next) => {
    if (personOf(desk.approvers, req) === undefined) await request(desk, wants, req, res);
    else next();
  };
  return [stranger, jsonOrNothing, express.json({ limit: BODY_BYTES_MAX, inflate: false, type: () => true }), answer];
}

/** A reason is not needed, so a body is not either. */
const jsonOrNothing: RequestHandler = (req, res, next) => {
  if (req.headers["transfer-encoding"] === undefined && (req.headers["content-length"] ?? "0") === "0") next();
  else jsonOnly(req, res, next);
};

async function request({ approvers, ask, log }: Desk, wants: Wants, req: Request, res: Response): Promise<void> {
  const person = personOf(approvers, req);
  const asked = await ask(person, String(req.params["id"]), wants, req.body);
  notedRequest(log, asked, person?.subject);
  switch (asked.outcome) {
    case "refused":
      if (asked.status === 401) res.set("www-authenticate", "Bearer");
      return problem(res, asked.status, asked.says);
    case "unsure":
      res.set("retry-after", "2");
      return problem(res, 503, UNSURE_REQUEST);
    case "recorded": {
      const { outcome: _, ...answer } = asked;
      say(res.status(201), { ...answer, wants: wants.replace("_", "-") });
    }
  }
}

function me(approvers: Approvers, req: Request, res: Response): void {
  const person = personOf(approvers, req);
  if (person !== undefined) return say(res, { ...person });
  res.set("www-authenticate", "Bearer");
  problem(res, 401, "No approver has this token. Send yours as: Authorization: Bearer TOKEN.");
}

function listProposals(desk: Desk, req: Request, res: Response): void {
  const asked = askedList(queryOf(req), ["state", "after", "limit"]);
  if (typeof asked === "string") return problem(res, 400, asked);
  const eye = desk.eye();
  const page = paged(newestFirst(desk.knowledge.proposals.all()), asked.after, asked.limit, isIn(eye, asked.state));
  if (page === undefined) return problem(res, 400, "after names no proposal: take it from next of the page before.");
  say(res, { proposals: page.items.map((proposal) => shown(eye, proposal)), next: page.next });
}

function listIncidents(desk: Desk, req: Request, res: Response): void {
  const asked = askedList(queryOf(req), ["after", "limit"]);
  if (typeof asked === "string") return problem(res, 400, asked);
  const stories = [...desk.knowledge.incidents()].toSorted(
    (a, b) => (b.changes[0]?.time ?? 0) - (a.changes[0]?.time ?? 0) || (a.id < b.id ? -1 : 1),
  );
  const page = paged(stories, asked.after, asked.limit, () => true);
  if (page === undefined) return problem(res, 400, "after names no incident: take it from next of the page before.");
  say(res, { incidents: page.items.map((story) => incidentLine(desk.knowledge, story)), next: page.next });
}

function incident(desk: Desk, req: Request, res: Response): void {
  const name = String(req.params["id"]);
  const found = findIncident(desk.knowledge, name);
  switch (found.outcome) {
    case "found":
      return say(res, incidentWhole(desk.knowledge, found.story, desk.eye()));
    case "none":
      return problem(res, 404, `There is no incident ${name.slice(0, 100)}. /v1/incidents lists those that there are.`);
    case "ambiguous":
      return problem(res, 409, `${found.ids.length} incidents begin with ${name}. Name one by its whole id.`);
  }
}

/** The exact bytes that policy signed, for whoever checks for themselves what they are shown. */
function bytes(desk: Desk, req: Request, res: Response): void {
  withProposal(desk, req, res, ({ id, allowed }) => {
    desk.attention.shown(id, personOf(desk.approvers, req)?.subject);
    if (allowed === undefined)
      return problem(
        res,
        404,
        "There is nothing to approve here, so there are no signed bytes: policy denied this proposal, or has not answered yet.",
      );
    const signature = allowed.headers.find(({ name }) => name === "holdfast-signature");
    if (signature !== undefined) res.set("holdfast-signature", signature.value.toString("latin1"));
    res.type("application/octet-stream").send(allowed.value);
  });
}

/** Answers 404 and 409 where no one proposal has the name that was asked for. */
function withProposal(
  desk: Desk,
  req: Request,
  res: Response,
  then: (proposal: Extract<ReturnType<typeof findProposal>, { outcome: "found" }>["proposal"]) => void,
): void {
  const name = String(req.params["id"]);
  const found = findProposal(desk.knowledge.proposals.all(), name);
  switch (found.outcome) {
    case "found":
      return then(found.proposal);
    case "none":
      return problem(res, 404, `There is no proposal ${name.slice(0, 100)}. /v1/proposals lists those that there are.`);
    case "ambiguous":
      return problem(
        res,
        409,
        `${found.ids.length} proposals answer to ${name}: ${found.ids.slice(0, 5).join(", ")}. Name one by its whole id.`,
      );
  }
}

function say(res: Response, value: Json): void {
  res.type("application/json; charset=utf-8").send(visibleJson(value));
}

function queryOf(req: Request): URLSearchParams {
  return new URL(req.url, "http://localhost").searchParams;
}

/** What the parser of bodies refuses, in a sentence; anything else is ours, and its reason stays in the log. */
function malformed(log: Log): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const status = typeof error === "object" && error !== null && "status" in error ? error.status : 500;
    if (res.headersSent) return next(error);
    if (status === 413)
      return problem(res, 413, `The body is larger than ${BODY_BYTES_MAX} bytes. Nothing was recorded.`);
    if (status === 415) return problem(res, 415, "The body must be sent as it is, in UTF-8. Nothing was recorded.");
    if (typeof status === "number" && status >= 400 && status < 500)
      return problem(res, 400, "The body cannot be read as JSON. Nothing was recorded.");
    log.error("a request failed", { method: req.method, path: req.path, error });
    problem(res, 500, "Holdfast failed to answer this request; its log says why. Try again.");
  };
}
