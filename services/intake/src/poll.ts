import type { Alert } from "@holdfast/schemas";
import { sleep } from "@holdfast/service";
import { z } from "zod";
import { alertOf, sentAlert, sentenceOfIssue, type SentAlert } from "./alert.ts";
import type { Poll } from "./config.ts";
import { publishAll, type Intake } from "./intake.ts";

const ANSWER_BYTES_MAX = 32 * 1024 * 1024;
const ANSWER_MS_MAX = 10_000;
/** One answer without an alert may come from an Alertmanager that has just started and knows nothing yet. */
const ABSENCES_TO_END = 2;
const QUERY = "/api/v2/alerts?active=true&silenced=true&inhibited=true&unprocessed=true";

const listed = sentAlert.extend({ receivers: z.array(z.object({ name: z.string() })).default([]) });
type Listed = z.infer<typeof listed>;

/** An alert that has been published as firing and not yet as resolved. */
type Firing = { readonly sent: Listed; readonly absences: number };
type Known = ReadonlyMap<string, Firing>;
type Polled = { readonly publish: readonly Alert[]; readonly known: Known };

type Poller = {
  readonly done: Promise<void>;
  /** ms since the epoch of the last good answer that is durable; undefined before the first. */
  readonly lastAt: () => number | undefined;
};

/** Asks until it is stopped. What could not be published or read is asked for again the next time. */
export function startPoll(intake: Intake, { url, everyMs }: Poll, signal: AbortSignal): Poller {
  let lastAt: number | undefined;
  let known: Known = new Map();
  const once = async (): Promise<void> => {
    const polled = compare(known, await ask(intake, url, signal), url, intake.now());
    if (polled.publish.length > 0) await publishAll(intake, polled.publish);
    known = polled.known;
    lastAt = intake.now();
  };
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      await once().catch(
        (error: unknown) =>
          signal.aborted || intake.log.warn("Alertmanager could not be polled, trying again", { error }),
      );
      await sleep(everyMs, signal).catch(() => undefined);
    }
  };
  return { done: run(), lastAt: () => lastAt };
}

/** What one good answer adds to what is known: new alerts fire, and those that were absent twice have ended. */
function compare(known: Known, answer: readonly Listed[], url: string, now: number): Polled {
  const arrival = (sent: Listed) =>
    ({
      via: "poll",
      receiver: sent.receivers[0]?.name ?? "",
      externalUrl: url,
      groupKey: "",
      truncatedAlerts: 0,
      receivedAt: now,
    }) as const;
  const present = new Map(answer.map((sent) => [sent.fingerprint, { sent, absences: 0 }]));
  const isNew = ({ fingerprint, startsAt }: SentAlert): boolean => known.get(fingerprint)?.sent.startsAt !== startsAt;
  const missing = [...known.values()]
    .filter(({ sent }) => !present.has(sent.fingerprint))
    .map(({ sent, absences }) => ({ sent, absences: absences + 1 }));
  const ended = missing.filter(({ absences }) => absences >= ABSENCES_TO_END);
  const waiting = missing.filter(({ absences }) => absences < ABSENCES_TO_END);
  return {
    publish: [
      ...[...present.values()]
        .filter(({ sent }) => isNew(sent))
        .map(({ sent }) => alertOf(sent, "firing", arrival(sent))),
      ...ended.map(({ sent }) => alertOf({ ...sent, endsAt: now }, "resolved", arrival(sent))),
    ],
    known: new Map([...present, ...waiting.map((firing) => [firing.sent.fingerprint, firing] as const)]),
  };
}

/** Silenced and inhibited alerts are alerts too. One that cannot be read hides none of the others. */
async function ask({ log, counts }: Intake, url: string, signal: AbortSignal): Promise<readonly Listed[]> {
  const answer = await fetch(`${url}${QUERY}`, {
    redirect: "error",
    headers: { accept: "application/json" },
    signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)]),
  });
  if (!answer.ok) throw new Error(`Alertmanager at ${url} answered ${answer.status}`);
  const list = z.array(z.unknown()).parse(JSON.parse(await textOf(answer)));
  const read = list.map((entry) => listed.safeParse(entry));
  for (const { error } of read.filter(({ success }) => !success)) {
    counts.refused("malformed");
    if (error !== undefined) log.warn(`skipped an alert: ${sentenceOfIssue(error, "It")}`);
  }
  return read.flatMap(({ success, data }) => (success && data !== undefined ? [data] : []));
}

async function textOf(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new Error(`Alertmanager's answer is larger than ${ANSWER_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
