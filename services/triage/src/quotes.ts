import type { Event, Pod } from "@holdfast/cluster";
import {
  ago,
  clock,
  crashing,
  eventsOf,
  lastEnd,
  nameOf,
  previousLogOf,
  unschedulable,
  type LiveFacts,
  type Read,
  type Release,
} from "./facts.ts";
import type { Quote } from "./signature.ts";

const QUOTE_CHARACTERS_MAX = 400;
const LOG_LINES_QUOTED = 3;

export function kube(read: Read<unknown>, says: string): Quote {
  return { source: "kube", query: read.query, readAt: read.readAt, says, outsideWritable: false };
}

/** The last lines of the previous log. Whoever can make the program log can write them. */
export function logTail(facts: LiveFacts, pods: readonly Pod[]): readonly Quote[] {
  const log = previousLogOf(facts, pods);
  if (log === undefined) return [];
  const lines = log.of.split("\n").filter((line) => line.trim() !== "");
  return logLine(log, lines.slice(-LOG_LINES_QUOTED).join("\n"));
}

export function logLine(log: Read<unknown>, line: string): readonly Quote[] {
  return line === ""
    ? []
    : [{ source: "logs", query: log.query, readAt: log.readAt, says: short(line), outsideWritable: true }];
}

/** @param outsideWritable where the message may hold what the program itself answered. */
export function eventQuote(facts: LiveFacts, event: Event, outsideWritable: boolean): Quote {
  const count = event.count ?? 1;
  return {
    source: "events",
    query: facts.events.query,
    readAt: facts.events.readAt,
    says: `${event.reason ?? "Event"}${count > 1 ? ` x ${count}` : ""}: ${short(event.message ?? "")}`,
    outsideWritable,
  };
}

/** The newest event of these pods with one of these reasons that says something. */
export function newestEvent(
  facts: LiveFacts,
  pods: readonly Pod[],
  reasons: readonly string[],
  says?: (message: string) => boolean,
): Event | undefined {
  const fitting = pods
    .flatMap((pod) => eventsOf(facts, pod))
    .filter(({ reason, message }) => reasons.includes(reason ?? "") && (says?.(message ?? "") ?? true));
  return fitting.toSorted((a, b) => timeOf(b) - timeOf(a))[0];
}

function timeOf({ lastTimestamp, eventTime }: Event): number {
  return Date.parse(lastTimestamp ?? eventTime ?? "") || 0;
}

export function releaseQuote(facts: LiveFacts, newest: Release, older: Release): Quote {
  return kube(
    facts.replicaSets,
    `revision ${newest.revision} (${newest.image}) was created at ${clock(newest.createdAt)}, ${ago(newest.createdAt, facts.now)} ago; before it ran revision ${older.revision} (${older.image})`,
  );
}

/** How the crashing containers of these pods last ended. */
export function crashQuote(facts: LiveFacts, pods: readonly Pod[]): Quote {
  const ends = pods.flatMap((pod) => {
    const status = crashing(pod, facts.now);
    return status === undefined
      ? []
      : [
          {
            end: lastEnd(status),
            restarts: status.restartCount ?? 0,
            reason: status.state?.waiting?.reason ?? "restarting",
          },
        ];
  });
  const codes = [
    ...new Set(
      ends.map(({ end }) =>
        end === undefined ? "exit unknown" : `exit ${end.exitCode}${end.reason === "Error" ? "" : ` (${end.reason})`}`,
      ),
    ),
  ];
  const restarts = Math.max(0, ...ends.map((one) => one.restarts));
  return kube(
    facts.pods,
    `${named(pods)} ${pods.length === 1 ? "crashes" : "crash"}: ${ends[0]?.reason ?? ""}, ${codes.join(" and ")}, up to ${restarts} restarts`,
  );
}

/** What the scheduler says of the first of these pods. */
export function schedulerQuote(facts: LiveFacts, pods: readonly Pod[]): Quote {
  const [first] = pods;
  const message = first === undefined ? undefined : unschedulable(first);
  return kube(facts.pods, `${named(pods)}: Unschedulable: ${short(message ?? "")}`);
}

export function named(pods: readonly Pod[]): string {
  const [first] = pods;
  return pods.length === 1 && first !== undefined ? `pod ${nameOf(first)}` : `${pods.length} pods`;
}

function short(text: string): string {
  return text.length > QUOTE_CHARACTERS_MAX ? `${text.slice(0, QUOTE_CHARACTERS_MAX)}…` : text;
}
