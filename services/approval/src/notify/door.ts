import type { RequestHandler } from "express";
import { problem } from "@holdfast/service";
import { personOf } from "../access.ts";
import type { Desk } from "../desk.ts";

const TEST_EVERY_MS = 5_000;
const NOBODY =
  "Nobody is told anything. Set HOLDFAST_NOTIFY_WEBHOOK_URL or HOLDFAST_NOTIFY_SLACK_URL, and restart approval.";

/** Who is told, and what failed last. */
export function standing({ notifier }: Desk): RequestHandler {
  return (_req, res) => {
    const targets = notifier.standing().map(({ name, waiting, lastSentAt, failure, failingSince }) => ({
      name,
      waiting,
      ...(lastSentAt !== undefined && { lastSentAt: new Date(lastSentAt).toISOString() }),
      ...(failure !== undefined && { failure }),
      ...(failingSince !== undefined && { failingSince: new Date(failingSince).toISOString() }),
    }));
    res.json({ active: notifier.active(), links: notifier.door, targets });
  };
}

/** A test message to every target, for a known person, and not faster than chats take them. */
export function testMessage({ approvers, notifier, eye, log }: Desk): RequestHandler {
  let lastAt = Number.NEGATIVE_INFINITY;
  return async (req, res) => {
    const person = personOf(approvers, req);
    if (person === undefined) {
      res.set("www-authenticate", "Bearer");
      return problem(
        res,
        401,
        "A test message is sent for a known person. Send your token as: Authorization: Bearer TOKEN.",
      );
    }
    if (notifier.standing().length === 0) return problem(res, 409, NOBODY);
    const { now } = eye();
    if (now - lastAt < TEST_EVERY_MS) {
      res.set("retry-after", String(TEST_EVERY_MS / 1000));
      return problem(res, 429, "A test message was sent a moment ago. Try again in five seconds.");
    }
    lastAt = now;
    const sent = await notifier.test(AbortSignal.timeout(20_000));
    log.info("sent a test message", {
      subject: person.subject,
      targets: sent.map(({ name, outcome }) => `${name} ${outcome}`),
    });
    res.json({ targets: sent.map(({ name, outcome, says }) => ({ name, outcome, says })) });
  };
}
