import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bus, Delivery } from "@holdfast/bus";
import {
  alertId,
  nameValues,
  openCodec,
  trustedKeys,
  type Alert,
  type Codec,
  type Events,
  type Topic,
} from "@holdfast/schemas";
import { startTriage, type Running } from "./app.ts";
import { openRedactor } from "@holdfast/redact";
import { signatureAnalyst } from "./signature-analyst.ts";
import { loadSignatures } from "./signatures.ts";
import { openTargets } from "./targets.ts";
import type { Note, Triage } from "./triage.ts";

export const CLUSTER = "sandbox";

export const targets = openTargets(readFileSync(new URL("../../../config/targets.yaml", import.meta.url), "utf8"));

/** One alert event; `minute` is when it started. */
export function anAlert(
  labels: Readonly<Record<string, string>>,
  { minute = 0, status = "firing" as "firing" | "resolved" } = {},
): Alert {
  const startsAt = Date.UTC(2026, 10, 3, 2, minute);
  const fingerprint = fingerprintOf(labels);
  return {
    id: alertId(fingerprint, startsAt, status),
    fingerprint,
    status,
    startsAt,
    endsAt: status === "resolved" ? startsAt + 60_000 : null,
    labels: nameValues(labels),
    annotations: [],
    generatorUrl: "",
    via: "webhook",
    receiver: "holdfast",
    externalUrl: "",
    groupKey: "{}",
    truncatedAlerts: 0,
    receivedAt: startsAt,
  };
}

function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  let hash = 0xcbf29ce484222325n;
  for (const c of JSON.stringify(nameValues(labels)))
    hash = BigInt.asUintN(64, (hash ^ BigInt(c.codePointAt(0) ?? 0)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, "0");
}

export type Folder = { readonly path: string } & Disposable;

export function aFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "holdfast-triage-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** What the adapter of a test's bus is opened with. */
export function busOptions(folder: Folder): {
  readonly file: string;
  readonly codec: Codec;
  readonly service: string;
  readonly drainMs: number;
} {
  const codec = openCodec({ service: "triage", trusted: trustedKeys(() => undefined), signing: {} });
  return { file: join(folder.path, "bus.sqlite"), codec, service: "triage", drainMs: 200 };
}

/** Everything on some topics, each event once, in the order in which it was read. */
export function recorded<T extends Topic>(
  bus: Bus,
  topics: readonly T[],
): { readonly of: <K extends T>(topic: K) => readonly Events[K][] } & AsyncDisposable {
  const seen: Delivery<T>[] = [];
  const view = bus.view(topics, (delivery) => void seen.push(delivery));
  return {
    of: <K extends T>(topic: K) =>
      seen.filter((delivery) => delivery.topic === topic).map(({ event }) => event as Events[K]),
    [Symbol.asyncDispose]: view[Symbol.asyncDispose],
  };
}

type Parts = Pick<Triage, "bus" | "readFacts"> & Partial<Triage>;

export async function runTriage(
  parts: Parts,
): Promise<{ readonly running: Running; readonly notes: readonly Note[] } & AsyncDisposable> {
  const notes: Note[] = [];
  const stack = new AsyncDisposableStack();
  const running = await startTriage(
    {
      cluster: CLUSTER,
      targets,
      resolve: async (aim) => aim,
      redactor: openRedactor([]),
      signatures: await loadSignatures(),
      fast: signatureAnalyst(Date.now),
      deep: undefined,
      firing: undefined,
      scan: undefined,
      pace: { debounceMs: 50, confirmMs: 100, coolDownMs: 1_000 },
      now: Date.now,
      persist: async (_what, attempt) => attempt(),
      noted: (note) => void notes.push(note),
      fatal: (cause) => {
        throw cause;
      },
      ...parts,
    },
    stack,
  );
  return { running, notes, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** Waits for something that will be so; how long depends on the machine, whether does not. */
export async function eventually<T>(look: () => T | undefined | false, what: string, msMax = 15_000): Promise<T> {
  const until = performance.now() + msMax;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > until) throw new Error(`it never came to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
