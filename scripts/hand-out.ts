import { readSettings, sentenceOf, type Settings } from "@holdfast/service";
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { prepareData } from "./first-start.ts";

/**
 * Before the first start in containers: makes every secret, and hands each to the volumes of those who hold it. What was made
 * stays, so that it can run before every start.
 */

/** Whose volume holds which secret. A private key stands in one of them; a token with whoever shows it and whoever asks for it. */
export const HANDED = {
  intake: ["intake.token", "kafka-intake.password"],
  triage: ["sandbox-triage.token", "kafka-triage.password"],
  policy: ["policy-open.key", "policy-close.key", "sandbox-policy.token", "kafka-policy.password"],
  approval: ["approval.key", "approver.token", "kafka-approval.password"],
  executor: ["executor.key", "approver.sha256", "audit.token", "sandbox-executor.token", "kafka-executor.password"],
  audit: ["audit.key", "audit.token", "approver.sha256", "kafka-audit.password"],
  sandbox: ["intake.token", "sandbox-triage.token", "sandbox-policy.token", "sandbox-executor.token"],
  alertmanager: ["intake.token"],
  kafka: [
    "kafka-broker.password",
    "kafka-admin.password",
    "kafka-intake.password",
    "kafka-triage.password",
    "kafka-policy.password",
    "kafka-approval.password",
    "kafka-executor.password",
    "kafka-audit.password",
  ],
  operator: ["kafka-admin.password"],
  person: ["approver.token"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** @param out a folder for each volume, and one for the public keys. */
export function handOut(settings: Settings<"start">, out: string): void {
  prepareData(settings);
  const secrets = join(settings.HOLDFAST_DATA, "secrets");
  for (const name of HANDED.kafka) makePassword(join(secrets, name));
  for (const [volume, names] of Object.entries(HANDED)) {
    mkdirSync(join(out, volume), { recursive: true });
    for (const name of names) writeWhole(join(out, volume, name), readFileSync(join(secrets, name), "utf8"));
  }
  mkdirSync(join(out, "keys"), { recursive: true });
  for (const name of readdirSync(settings.HOLDFAST_PUBLIC_KEYS))
    copyFileSync(join(settings.HOLDFAST_PUBLIC_KEYS, name), join(out, "keys", name));
}

/** Letters and digits alone: it also stands in a file of settings, where other characters would mean something. */
function makePassword(path: string): void {
  if (!existsSync(path)) writeWhole(path, `${randomBytes(24).toString("hex")}\n`);
}

function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.next`, text, { mode: 0o600 });
  renameSync(`${path}.next`, path);
}

if (import.meta.main) {
  try {
    handOut(readSettings("start", process.env), "/out");
    process.stdout.write("Every service has its secrets.\n");
  } catch (error) {
    process.stderr.write(`The secrets cannot be handed out. ${sentenceOf(error)}\n`);
    process.exitCode = 1;
  }
}
