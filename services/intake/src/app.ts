import { askedBy } from "@holdfast/schemas";
import { nothingHere, problem, unexpected } from "@holdfast/service";
import express, { type Express, type Request, type Response } from "express";
import { readBody } from "./body.ts";
import { publishAll, type Intake } from "./intake.ts";
import { refused, type Refusal } from "./refusal.ts";
import { bearerIs } from "./token.ts";
import { parseNotification } from "./webhook.ts";

const DOOR = "/v1/alertmanager";
const RETRY_SECONDS = 5;

type Accepted = { readonly outcome: "accepted"; readonly alerts: number; readonly truncated: number };

/** The door that Alertmanagers post to. It says 202 only when every alert of the body is durable. */
export function openApp(intake: Intake, token: string): Express {
  const isKnown = bearerIs(token);
  const app = express().disable("x-powered-by").disable("etag");
  app.post(DOOR, async (req, res) => answer(intake, req, res, await take(intake, req, isKnown)));
  app.all(DOOR, (req, res) => {
    res.setHeader("allow", "POST");
    answer(intake, req, res, refused(405, "method", "This door takes POST alone: it is the webhook of Alertmanager."));
  });
  app.use(nothingHere(`The webhook of Alertmanager is POST ${DOOR}.`), unexpected(intake.log));
  return app;
}

async function take(
  intake: Intake,
  req: Request,
  isKnown: (authorization: string | undefined) => boolean,
): Promise<Accepted | Refusal> {
  // Before anything is read: whoever has no token costs nothing.
  if (!isKnown(req.headers.authorization))
    return refused(
      401,
      "unauthorized",
      "The bearer token is missing or wrong. It is in the file secrets/intake.token of Holdfast's data folder.",
    );
  const body = await readBody(req);
  if (body.outcome === "refused") return body;
  const notification = parseNotification(body.value, intake.now());
  if (notification.outcome === "refused") return notification;
  try {
    await publishAll(intake, notification.alerts, askedBy(req.headers));
  } catch (error) {
    intake.log.error("the bus did not take a notification", { error, alerts: notification.alerts.length });
    return refused(503, "not_durable", "The alerts could not be made durable. Send them again.");
  }
  return { outcome: "accepted", alerts: notification.alerts.length, truncated: notification.truncated };
}

function answer({ log, counts }: Intake, req: Request, res: Response, answer: Accepted | Refusal): void {
  if (answer.outcome === "accepted") {
    counts.truncated(answer.truncated);
    res.status(202).json({ accepted: answer.alerts, truncatedAlerts: answer.truncated });
    return;
  }
  counts.refused(answer.reason);
  log.warn(`refused a notification: ${answer.says}`, { status: answer.status, from: req.socket.remoteAddress });
  if (answer.status === 401) res.setHeader("www-authenticate", "Bearer");
  if (answer.status === 503) res.setHeader("retry-after", RETRY_SECONDS);
  problem(res, answer.status, answer.says);
}
