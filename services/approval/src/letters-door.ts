import { problem, type Log } from "@holdfast/service";
import { visibleJson } from "@holdfast/schemas";
import express, { Router, type Request, type RequestHandler, type Response } from "express";
import { personOf } from "./access.ts";
import type { Desk } from "./desk.ts";
import { decideLetter, DECISIONS, findLetter, type Decision, type LetterAnswer } from "./letter-decision.ts";
import { shownLetter } from "./letter-show.ts";
import { recordedLetter } from "./recorded.ts";
import type { Json } from "./show.ts";

const BODY_BYTES_MAX = 64 * 1024;
const SHOWN_MAX = 500;
const UNSURE_DECISION =
  "It is not known whether your decision was recorded. Send it again: the same decision counts once.";

/** Dead letters: what is held, and what people decide about it. */
export function lettersDoor(desk: Desk, read: RequestHandler): Router {
  const router = Router();
  router.get("/v1/dead-letters", read, (_, res) => list(desk, res));
  router.get("/v1/dead-letters/:id", read, (req, res) => one(desk, req, res));
  for (const decision of DECISIONS)
    router.post(
      `/v1/dead-letters/:id/${decision}`,
      stranger(desk, decision),
      jsonOnly,
      express.json({ limit: BODY_BYTES_MAX, inflate: false, type: () => true }),
      (req, res) => decide(desk, decision, req, res),
    );
  return router;
}

/** The newest first, and before them what waits for a person. */
function list({ knowledge }: Desk, res: Response): void {
  const { letters } = knowledge.parked;
  const holding = new Set([...letters.holds()].map(({ letter }) => letter.id));
  const waits = (id: string): number => Number(holding.has(id));
  const all = [...letters.all()].toSorted((a, b) => waits(b.id) - waits(a.id) || b.firstFailedAt - a.firstFailedAt);
  say(res, { letters: all.slice(0, SHOWN_MAX).map((letter) => shownLetter(letters, letter)), all: all.length });
}

async function one({ knowledge }: Desk, req: Request, res: Response): Promise<void> {
  const { parked } = knowledge;
  const found = findLetter(parked.letters, String(req.params["id"]));
  if (found.outcome === "refused") return problem(res, found.status, found.says);
  const record = await parked.record(found.letter);
  say(res, {
    ...shownLetter(parked.letters, found.letter),
    record:
      record === undefined
        ? null
        : {
            headers: record.headers.map((header) => ({ name: header.name, value: header.value.toString("base64") })),
            value: record.value === null ? null : record.value.toString("base64"),
          },
  });
}

/** Before anything is read: whoever has no token costs nothing. */
function stranger(desk: Desk, decision: Decision): RequestHandler {
  return async (req, res, next) => {
    if (personOf(desk.approvers, req) === undefined) await decide(desk, decision, req, res);
    else next();
  };
}

const jsonOnly: RequestHandler = (req, res, next) => {
  if (/^application\/json\s*(;|$)/i.test(req.headers["content-type"] ?? "")) next();
  else problem(res, 415, "A decision is sent as application/json. Nothing was recorded.");
};

async function decide(desk: Desk, decision: Decision, req: Request, res: Response): Promise<void> {
  const { approvers, knowledge, log, eye } = desk;
  const person = personOf(approvers, req);
  const asked = { name: String(req.params["id"]), decision, body: req.body };
  const answer = decideLetter(knowledge.parked.letters, person, asked, eye().now);
  noted(log, answer, decision, person?.subject);
  if (answer.outcome === "refused") {
    if (answer.status === 401) res.set("www-authenticate", "Bearer");
    return problem(res, answer.status, answer.says);
  }
  try {
    if (answer.outcome === "decided") await recordedLetter(knowledge.parked, answer.event);
  } catch (error) {
    log.error("a decision about a dead letter may not have been recorded", { error, subject: person?.subject });
    res.set("retry-after", "2");
    return problem(res, 503, UNSURE_DECISION);
  }
  const { id, letter } = answer;
  say(res.status(201), { id, decision, letter: shownLetter(knowledge.parked.letters, letter) });
}

function noted(log: Log, answer: LetterAnswer, decision: Decision, subject: string | undefined): void {
  if (answer.outcome === "refused")
    return log.warn(`refused a decision about a dead letter: ${answer.says}`, { status: answer.status, subject });
  const { id, letter } = answer;
  log.info(`took a ${decision} of a dead letter`, { id, letter: letter.id, key: letter.key.toString(), subject });
}

function say(res: Response, value: Json): void {
  res.type("application/json; charset=utf-8").send(visibleJson(value));
}
