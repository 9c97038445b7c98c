import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Bus } from "@holdfast/bus";
import type { Proposals } from "@holdfast/proposals";
import type { Log, Metrics, Settings } from "@holdfast/service";
import type { Eye } from "../show.ts";
import { openMemory, type Memory } from "./memory.ts";
import { countNotices } from "./metrics.ts";
import { testNotice, type Due } from "./notice.ts";
import { slack } from "./slack.ts";
import type { Sent, Target } from "./target.ts";
import { startTelling, type Pace, type Standing } from "./teller.ts";
import { toTell } from "./to-tell.ts";
import { webhook } from "./webhook.ts";

/** Who is told, and how that goes. */
export type Notifier = {
  /** The address that links lead to. */
  readonly door: string;
  /** Whether it is this instance that tells. */
  readonly active: () => boolean;
  readonly standing: () => readonly (Standing & { readonly waiting: number })[];
  /** Sends one message that says that it is a test, to every target at once. */
  readonly test: (signal: AbortSignal) => Promise<readonly (Sent & { readonly name: string })[]>;
};

/** Where nobody is told. */
function silent(door: string): Notifier {
  return { door, active: () => false, standing: () => [], test: () => Promise.resolve([]) };
}

export type Notifying = {
  readonly targets: readonly Target[];
  /** Where it is remembered what was told. */
  readonly file: string;
  readonly door: string;
  readonly expiringMs: number;
  readonly pace?: Pace;
};

type NotifySettings = Pick<
  Settings<"approval">,
  | "HOLDFAST_DATA"
  | "HOLDFAST_APPROVAL_PUBLIC_URL"
  | "HOLDFAST_NOTIFY_WEBHOOK_URL"
  | "HOLDFAST_NOTIFY_WEBHOOK_TOKEN"
  | "HOLDFAST_NOTIFY_SLACK_URL"
  | "HOLDFAST_NOTIFY_EXPIRING_MINUTES"
>;

/** @throws with a sentence where a token has no address to go to. */
export function notifyingOf(settings: NotifySettings): Notifying {
  const { HOLDFAST_NOTIFY_WEBHOOK_URL: url, HOLDFAST_NOTIFY_WEBHOOK_TOKEN: token } = settings;
  if (url === undefined && token !== undefined)
    throw new Error("HOLDFAST_NOTIFY_WEBHOOK_TOKEN is set, and HOLDFAST_NOTIFY_WEBHOOK_URL is not. Set both, or none.");
  const slackUrl = settings.HOLDFAST_NOTIFY_SLACK_URL;
  return {
    targets: [
      ...(url === undefined ? [] : [webhook(url, token)]),
      ...(slackUrl === undefined ? [] : [slack(slackUrl)]),
    ],
    file: join(settings.HOLDFAST_DATA, "approval", "told.sqlite"),
    door: settings.HOLDFAST_APPROVAL_PUBLIC_URL,
    expiringMs: settings.HOLDFAST_NOTIFY_EXPIRING_MINUTES * 60_000,
  };
}

type Surroundings = {
  readonly bus: Pick<Bus, "subscribe">;
  readonly proposals: Proposals;
  readonly isCaughtUp: () => boolean;
  readonly eye: () => Eye;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "counter" | "gauge">;
};

const GROUP = "approval";

/**
 * One loop for each target, in one instance of approval at a time: the bus chooses it, as it chooses the active policy. What is
 * told is the difference between the proposals and what this data folder remembers, so the choice carries no state.
 */
export async function startNotifier(
  { targets, file, door, expiringMs, pace }: Notifying,
  { bus, proposals, isCaughtUp, eye, log, metrics }: Surroundings,
  stack: AsyncDisposableStack,
): Promise<Notifier> {
  if (targets.length === 0) return silent(door);
  const memory = stack.use(memoryAt(file, eye().now, log));
  const nothing = (): Promise<void> => Promise.resolve();
  const chosen = stack.use(
    await bus.subscribe(["proposals.allowed"], GROUP, nothing, { concurrency: 1, exclusive: true, parked: "go-on" }),
  );
  const stop = new AbortController();
  stack.defer(() => stop.abort());

  const now = (): number => eye().now;
  const dueTo = ({ name }: Target): (() => readonly Due[]) => {
    const terms = { since: memory.since(name, now()), expiringMs };
    const told = memory.told(name);
    return () => (chosen.active() && isCaughtUp() ? toTell(proposals.all(), eye(), told, terms) : []);
  };
  const waiting = targets.map((target) => ({ target, due: dueTo(target) }));
  const counted = countNotices(metrics, waiting, now);
  const tellers = waiting.map(({ target, due }) => ({
    due,
    standing: startTelling(
      {
        target,
        due,
        memory,
        door,
        now,
        random: Math.random,
        log,
        counted: (event, sent) => counted(target.name, event, sent),
        ...(pace && { pace }),
      },
      stop.signal,
    ).standing,
  }));
  return {
    door,
    active: chosen.active,
    standing: () => tellers.map(({ standing, due }) => ({ ...standing(), waiting: due().length })),
    test: (signal) =>
      Promise.all(
        targets.map(async (target) => ({
          name: target.name,
          ...(await target.send(testNotice(randomUUID(), door), now(), AbortSignal.any([signal, stop.signal]))),
        })),
      ),
  };
}

/** Votes are taken whether or not somebody can be told: without the file, what was told is remembered until the next start. */
function memoryAt(file: string, now: number, log: Log): Memory {
  try {
    return openMemory(file, now);
  } catch (error) {
    log.error(`what was told cannot be remembered in ${file}; after a restart what is open is told again`, { error });
    return openMemory(":memory:", now);
  }
}
