import { dirname } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Bus, Following } from "@holdfast/bus";
import type { Broken, Signer } from "@holdfast/log";
import { readFolder, type LogFiles } from "@holdfast/log/files";
import { isTopic, TOPICS, type Codec } from "@holdfast/schemas";
import { makeFolder, type Log, type Metrics } from "@holdfast/service";
import { checkStore } from "./check-store.ts";
import { openEvents, type Events } from "./events.ts";
import { takeLock } from "./lock.ts";
import { measureAudit, type Counted } from "./metrics.ts";
import { openPublisher } from "./publish.ts";
import { openRecorder, type Recorder } from "./recorder.ts";
import { openRoom, type Room } from "./room.ts";
import { openStore, type Store } from "./store.ts";
import { keepVerifying } from "./verifying.ts";

export type AuditParts = {
  readonly bus: Pick<Bus, "follow">;
  readonly files: LogFiles;
  readonly signer: Signer;
  readonly codec: Codec;
  /** Says which keys the codec trusts: with others the events are read again. */
  readonly keys: string;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly now: () => number;
};

export type Audit = AsyncDisposable & {
  readonly recorder: Recorder;
  readonly events: Events;
  /** What ends it ends the service: a log goes on from a clean start or not at all. */
  readonly following: Following;
  /** @throws with a sentence where the log cannot be written now. */
  readonly writable: () => void;
};

/**
 * A checkpoint costs several waits for the disk, however few records it covers: what follows the first record closely shares
 * the next one. A receipt waits this much longer at most.
 */
const GATHER_MS = 100;
const ENOUGH_RECORDS = 200;

/** Opens the one log of this data folder and follows every topic from where the log stands. @throws with a sentence where the log may not go on. */
export function openAudit(parts: AuditParts): Audit {
  const { files, signer, bus, now } = parts;
  using opened = new DisposableStack();
  makeFolder(dirname(files.store));
  opened.use(takeLock(files.lock));
  const store = opened.use(openStore(files.store));
  requireSound(checkStore(store));
  const publisher = openPublisher({ folder: files.published, store, signer });
  const events = opened.use(openEvents({ path: files.events, store, codec: parts.codec, keys: parts.keys }));
  const recorder = openRecorder({ store, publisher, events, now });
  const stop = new AbortController();
  const room = openRoom(store.touch, parts.log, stop.signal);
  const counted = measureAudit(parts.metrics, { store, recorder, now });
  const following = bus.follow(TOPICS, positionsOf(store), recording(parts, counted, recorder, room));
  opened.use(
    keepVerifying(
      { read: readFolder(files.published), vkey: signer.vkey },
      { log: parts.log, verified: counted.verified },
    ),
  );
  counted.watch(following);
  const kept = opened.move();
  return {
    recorder,
    events,
    following,
    writable: room.check,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await following[Symbol.asyncDispose]();
      kept.dispose();
    },
  };
}

function recording(
  { log }: AuditParts,
  counted: Counted,
  recorder: Recorder,
  room: Room,
): Parameters<Bus["follow"]>[2] {
  return async (batch) => {
    const appended = await room.once(() => recorder.record(batch));
    for (const gap of appended.gaps) log.error("records are missing from a topic, and the log says so", gap);
    counted.recorded(batch, appended);
    log.debug("signed a checkpoint", { entries: appended.size, appended: appended.appended });
    if (batch.length < ENOUGH_RECORDS) await pause(GATHER_MS);
  };
}

function positionsOf(store: Store): Parameters<Bus["follow"]>[1] {
  return store
    .positions()
    .flatMap(({ topic, partition, next }) => (isTopic(topic) ? [{ topic, partition, offset: next }] : []));
}

function requireSound(damage: Broken | undefined): void {
  if (damage === undefined) return;
  throw new Error(
    `The log does not go on: ${damage.where} is damaged or was changed (${damage.because}). ` +
      "Keep the store for the investigation and bring back one that fits the checkpoint; until then nothing is signed, and no action is taken.",
  );
}
