import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isTilePath } from "@holdfast/log";
import { visibleJson } from "@holdfast/schemas";
import { nothingHere, problem, unexpected, type Log } from "@holdfast/service";
import express, { type Express, type Request, type RequestHandler, type Response } from "express";
import type { Events } from "./events.ts";
import { askedEvents, askedReceipt } from "./question.ts";
import type { Recorder } from "./recorder.ts";

/** The read-only door of the log: events, receipts, and the static files that anybody can verify. */

export type DoorParts = {
  readonly recorder: Recorder;
  readonly events: Events;
  readonly folder: string;
  readonly vkey: string;
  readonly log: Log;
  /** Who may read events and receipts. */
  readonly guard: RequestHandler;
};

const RECEIPT_MS_MAX = 5_000;
const HERE = "Here are /v1/events, /v1/receipts/{topic}/{partition}/{offset}, /checkpoint, /vkey and /tile/….";

export function openDoor({ recorder, events, folder, vkey, log, guard }: DoorParts): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.get("/v1/events", guard, (req, res) => answerEvents(req, res, events));
  app.get("/v1/receipts/:topic/:partition/:offset", guard, async (req, res) => answerReceipt(req, res, recorder));
  app.get(
    "/checkpoint",
    (_, res) =>
      void res.set("cache-control", "no-cache").type("text/plain; charset=utf-8").send(recorder.checkpoint().bytes),
  );
  app.get("/vkey", (_, res) => void res.type("text/plain; charset=utf-8").send(`${vkey}\n`));
  app.get(/^\/tile\//, async (req, res) => answerTile(req, res, folder));
  app.use(nothingHere(HERE));
  app.use(unexpected(log));
  return app;
}

function answerEvents(req: Request, res: Response, events: Events): void {
  const question = askedEvents(new URL(req.url, "http://localhost").searchParams);
  if (question.outcome === "malformed") return problem(res, 400, question.because);
  res
    .set("cache-control", "no-store")
    .type("application/json; charset=utf-8")
    .send(visibleJson(events.page(question.asked)));
}

async function answerReceipt(req: Request, res: Response, recorder: Recorder): Promise<void> {
  const question = askedReceipt(
    String(req.params["topic"]),
    String(req.params["partition"]),
    String(req.params["offset"]),
  );
  if (question.outcome === "malformed") return problem(res, 400, question.because);
  const gone = new AbortController();
  res.once("close", () => gone.abort());
  const until = AbortSignal.any([gone.signal, AbortSignal.timeout(RECEIPT_MS_MAX)]);
  const receipt = await recorder.receipt(question.asked, until);
  if (res.closed) return;
  if (receipt !== undefined) return void res.set("cache-control", "no-store").json(receipt);
  const { topic, partition, offset } = question.asked;
  const says = `There is no receipt for ${topic}/${partition}/${offset}: the log has not recorded it within ${RECEIPT_MS_MAX / 1_000} s.`;
  problem(res, 404, `${says} Ask again if it was published.`);
}

async function answerTile(req: Request, res: Response, folder: string): Promise<void> {
  const path = req.path.slice(1);
  const bytes = isTilePath(path) ? await readFile(join(folder, path)).catch(ifMissing) : undefined;
  if (bytes === undefined)
    return problem(res, 404, `There is no tile at ${req.path}: a partial one goes once the full one is there.`);
  res.set("cache-control", "public, max-age=31536000, immutable").type("application/octet-stream").send(bytes);
}

function ifMissing(cause: NodeJS.ErrnoException): undefined {
  if (cause.code === "ENOENT") return undefined;
  throw cause;
}
