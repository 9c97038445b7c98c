import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { decode, decodedEvent, isTopic } from "@holdfast/schemas";
import { SERVICES, type ServiceName } from "@holdfast/service";
import { heldBy, type BusRecord } from "./records.ts";
import type { Running } from "./running.ts";
import { proposals } from "./story.ts";

/**
 * What a failure by chance leaves behind, because it may never come again: the logs of all processes, every record of the bus
 * in words, every proposal as approval shows it, and what each service says of itself.
 * @returns the folder.
 */
export async function keepEvidence(running: Running, name: string): Promise<string> {
  const folder = resolve("data", "failures", name);
  mkdirSync(folder, { recursive: true });
  const kept = await Promise.allSettled([
    copied(running, folder),
    saved(folder, "records.jsonl", async () => (await heldBy(running)).map(inWords).join("\n")),
    saved(folder, "proposals.json", async () => JSON.stringify(await proposals(running), null, 1)),
    ...SERVICES.map((service) => saved(folder, `${service}.txt`, () => saidBy(running, service))),
  ]);
  const missing = kept.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []));
  writeFileSync(join(folder, "missing.txt"), missing.join("\n"));
  return folder;
}

async function copied({ data }: Running, folder: string): Promise<void> {
  cpSync(join(data, "logs"), join(folder, "logs"), { recursive: true });
}

async function saved(folder: string, name: string, text: () => Promise<string>): Promise<void> {
  writeFileSync(join(folder, name), await text());
}

async function saidBy({ holdfast }: Running, service: ServiceName): Promise<string> {
  const { settings } = holdfast();
  const ports = {
    intake: settings.HOLDFAST_INTAKE_ADMIN_PORT,
    triage: settings.HOLDFAST_TRIAGE_ADMIN_PORT,
    policy: settings.HOLDFAST_POLICY_ADMIN_PORT,
    approval: settings.HOLDFAST_APPROVAL_ADMIN_PORT,
    executor: settings.HOLDFAST_EXECUTOR_ADMIN_PORT,
    audit: settings.HOLDFAST_AUDIT_ADMIN_PORT,
  };
  const ask = async (path: string): Promise<string> =>
    (await fetch(`http://127.0.0.1:${ports[service]}${path}`, { signal: AbortSignal.timeout(10_000) })).text();
  return `${await ask("/readyz")}\n${await ask("/metrics")}`;
}

function inWords({ topic, partition, offset, time, value }: BusRecord): string {
  const at = new Date(time).toISOString();
  return JSON.stringify({ at, topic, partition, offset, event: isTopic(topic) ? eventOf(topic, value) : null });
}

function eventOf(topic: Parameters<typeof decode>[0], value: Buffer): unknown {
  try {
    return decodedEvent(topic, decode(topic, value));
  } catch {
    return value.toString("base64");
  }
}
