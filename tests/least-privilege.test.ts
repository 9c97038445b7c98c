import { mkdtempSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Part } from "../scripts/supervisor.ts";
import { NODE_FLAGS } from "../scripts/child.ts";
import { PARTS, startAll, type Running } from "./running.ts";

/** What each process was given, as the kernel tells it: Linux alone shows that to others. */

const TIMEOUT = 120_000;

const data = mkdtempSync(join(tmpdir(), "holdfast-privilege-"));
const file = (name: string): string => join(data, "secrets", name);

/** Every setting that is a secret or leads to one, and who alone may have it. */
const SECRETS: Readonly<Record<string, readonly [value: string, ...parts: Part[]]>> = {
  ANTHROPIC_API_KEY: ["sk-ant-of-triage-alone", "triage"],
  HOLDFAST_TOKEN: ["of-the-person-at-the-terminal"],
  HOLDFAST_TOKEN_FILE: [file("of-the-person.token")],
  AWS_SECRET_ACCESS_KEY: ["of-nobody-here"],
  HOLDFAST_INTAKE_TOKEN: ["of-the-webhook-alone", "intake", "sandbox"],
  HOLDFAST_TRIAGE_KUBECONFIG: ["/kubeconfig/of-triage", "triage"],
  HOLDFAST_POLICY_KUBECONFIG: ["/kubeconfig/of-policy", "policy"],
  HOLDFAST_EXECUTOR_KUBECONFIG: ["/kubeconfig/of-executor", "executor"],
  HOLDFAST_SANDBOX_TRIAGE_TOKEN_FILE: [file("sandbox-triage.token"), "triage", "sandbox"],
  HOLDFAST_SANDBOX_POLICY_TOKEN_FILE: [file("sandbox-policy.token"), "policy", "sandbox"],
  HOLDFAST_SANDBOX_EXECUTOR_TOKEN_FILE: [file("sandbox-executor.token"), "executor", "sandbox"],
  HOLDFAST_POLICY_OPEN_KEY_FILE: [file("policy-open.key"), "policy"],
  HOLDFAST_POLICY_CLOSE_KEY_FILE: [file("policy-close.key"), "policy"],
  HOLDFAST_APPROVAL_KEY_FILE: [file("approval.key"), "approval"],
  HOLDFAST_EXECUTOR_KEY_FILE: [file("executor.key"), "executor"],
  HOLDFAST_AUDIT_KEY_FILE: [file("audit.key"), "audit"],
  HOLDFAST_AUDIT_TOKEN_FILE: [file("audit.token"), "audit", "executor"],
  HOLDFAST_INTAKE_KAFKA_PASSWORD: ["on-kafka-of-intake", "intake"],
  HOLDFAST_TRIAGE_KAFKA_PASSWORD: ["on-kafka-of-triage", "triage"],
  HOLDFAST_POLICY_KAFKA_PASSWORD: ["on-kafka-of-policy", "policy"],
  HOLDFAST_APPROVAL_KAFKA_PASSWORD: ["on-kafka-of-approval", "approval"],
  HOLDFAST_EXECUTOR_KAFKA_PASSWORD: ["on-kafka-of-executor", "executor"],
  HOLDFAST_AUDIT_KAFKA_PASSWORD: ["on-kafka-of-audit", "audit"],
  HOLDFAST_KAFKA_OPERATOR_PASSWORD: ["on-kafka-of-the-operator"],
};
/** What any process may have beside its settings: nothing of it opens anything. */
const HARMLESS = ["PATH", "HOME", "TZ", "LANG", "NODE_CHANNEL_FD", "NODE_CHANNEL_SERIALIZATION_MODE"];

let running: Running;

describe.runIf(process.platform === "linux")("what a process holds", () => {
  beforeAll(async () => {
    const given = Object.entries(SECRETS).map(([name, [value]]) => [name, value]);
    running = await startAll(Object.fromEntries(given), data);
  }, TIMEOUT);
  afterAll(async () => running[Symbol.asyncDispose](), TIMEOUT);

  test.for(PARTS)("%s has its own credentials in its environment, and nobody else's", (part) => {
    const environment = environmentOf(part);
    const whole = readFileSync(`/proc/${pidOf(part)}/environ`, "utf8");
    for (const [name, [value, ...owners]] of Object.entries(SECRETS)) {
      const isOwn = owners.includes(part);
      expect([name, environment.get(name)]).toEqual([name, isOwn ? value : undefined]);
      expect([name, whole.includes(value)]).toEqual([name, isOwn]);
    }
    const others = [...environment.keys()].filter((name) => !name.startsWith("HOLDFAST_") && !(name in SECRETS));
    expect(others.filter((name) => !HARMLESS.includes(name))).toEqual([]);
  });

  test("no process is told on its command line what is secret", () => {
    for (const part of PARTS) {
      const commandLine = readFileSync(`/proc/${pidOf(part)}/cmdline`, "utf8")
        .split("\0")
        .filter(Boolean);
      expect(commandLine.slice(1)).toEqual([
        ...NODE_FLAGS,
        expect.stringMatching(/\/(services\/\w+|sandbox)\/src\/main\.ts$/),
      ]);
    }
  });

  test("every secret is a file of its owner alone", () => {
    const secrets = readdirSync(join(data, "secrets"));
    expect(secrets.length).toBeGreaterThan(8);
    const modeOf = (name: string): string => (statSync(file(name)).mode & 0o777).toString(8);
    expect(secrets.map((name) => [name, modeOf(name)])).toEqual(secrets.map((name) => [name, "600"]));
    for (const folder of [data, join(data, "secrets")]) expect((statSync(folder).mode & 0o077).toString(8)).toBe("0");
  });

  test("every door listens on loopback", () => {
    const doors = PARTS.map((part) => [part, listening(part)] as const);
    for (const [part, addresses] of doors) expect([part, addresses.length > 0]).toEqual([part, true]);
    expect(doors.flatMap(([, addresses]) => addresses).filter((address) => !LOOPBACK.includes(address))).toEqual([]);
  });
});

/** As /proc spells 127.0.0.1 and ::1. */
const LOOPBACK = ["0100007F", "00000000000000000000000001000000"];
const LISTEN = "0A";

/** The addresses that a process listens on. */
function listening(part: Part): readonly string[] {
  const pid = pidOf(part);
  const sockets = readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`));
  const rows = ["tcp", "tcp6"].flatMap((kind) =>
    readFileSync(`/proc/${pid}/net/${kind}`, "utf8").trim().split("\n").slice(1),
  );
  return rows.flatMap((row) => {
    const [, local = "", , state, , , , , , inode] = row.trim().split(/\s+/);
    return state === LISTEN && sockets.includes(`socket:[${inode}]`) ? [local.split(":")[0] ?? ""] : [];
  });
}

/** A file that was closed in between is no door. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}

function environmentOf(part: Part): ReadonlyMap<string, string> {
  const entries = readFileSync(`/proc/${pidOf(part)}/environ`, "utf8")
    .split("\0")
    .filter(Boolean);
  return new Map(entries.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]));
}

function pidOf(part: Part): number {
  const pid = running.holdfast().pid(part);
  if (pid === undefined) throw new Error(`${part} does not run`);
  return pid;
}
