import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { KubeConfig, CoordinationV1Api } from "@kubernetes/client-node";
import { expect, test } from "vitest";
import { ensureCredentials, openSandbox } from "./index.ts";
import { isObject } from "./json.ts";
import { clientsOf, eventually, rollback, untilHealthy } from "./testing/client.ts";
import { openReceiver } from "./testing/intake.ts";

test("a restart in the middle of a scenario: the alert keeps its start, is not sent again, and the remedy resolves it", async () => {
  using folder = scratch();
  const file = join(folder.path, "state.json");
  await using receiver = await openReceiver();
  const intake = { url: receiver.url, token: () => "secret" };
  const before = await openSandbox({ file, intake });
  await before.break("oom-loop");
  const [alert] = before.status().alerts;
  await before[Symbol.asyncDispose]();
  const firing = (): number =>
    receiver.alerts().filter((a) => a.fingerprint === alert?.fingerprint && a.status === "firing").length;
  const sent = firing();
  await using after = await openSandbox({ file, intake });
  expect(after.status().broken).toEqual(["oom-loop"]);
  expect(after.status().alerts.find((a) => a.fingerprint === alert?.fingerprint)?.startsAt).toBe(alert?.startsAt);
  await rollback(clientsOf(after, "executor"), "shop", "web");
  await untilHealthy(after);
  const ended = await eventually(
    () => receiver.alerts().find((a) => a.fingerprint === alert?.fingerprint && a.status === "resolved"),
    "the end is told",
  );
  expect(ended.startsAt).toBe(alert?.startsAt);
  expect(firing() - sent).toBeLessThanOrEqual(1); // with a later alert of its group, never as one of its own
  expect(after.writes()).toHaveLength(1);
});

test("an alert that nobody has heard of is told after the restart", async () => {
  using folder = scratch();
  const file = join(folder.path, "state.json");
  await using receiver = await openReceiver();
  receiver.answer(503);
  const intake = { url: receiver.url, token: () => "secret" };
  const before = await openSandbox({ file, intake });
  await before.break("node-not-ready", 500);
  await before[Symbol.asyncDispose]();
  expect(receiver.alerts()).toEqual([]);
  receiver.answer(202);
  await using after = await openSandbox({ file, intake });
  await eventually(() => receiver.alerts().find((a) => a.labels["node"] === "node-3"), "the alert is told");
  expect(after.status().healthy).toBe(false);
});

test("what was answered is there after kill -9", async () => {
  using folder = scratch();
  const first = await start(folder.path);
  const leases = clientFor(folder.path, first.url);
  for (let n = 0; n < 30; n += 1) {
    await leases.createNamespacedLease({
      namespace: "holdfast",
      body: { metadata: { name: `claim-${n}` }, spec: { holderIdentity: "me" } },
    });
  }
  first.process.kill("SIGKILL");
  await once(first.process, "exit");
  const second = await start(folder.path);
  const again = clientFor(folder.path, second.url);
  for (let n = 0; n < 30; n += 1) {
    expect((await again.readNamespacedLease({ namespace: "holdfast", name: `claim-${n}` })).spec?.holderIdentity).toBe(
      "me",
    );
  }
  const writes: unknown = await (await fetch(`${second.url}/sandbox/writes`)).json();
  expect(writes).toHaveLength(30);
  second.process.kill("SIGTERM");
  const [code] = await once(second.process, "exit");
  expect(code).toBe(0);
});

test("a second sandbox on the same port ends, and leaves the state of the first alone", async () => {
  using folder = scratch();
  const file = join(folder.path, "state.json");
  await using first = await openSandbox({ file });
  const port = Number(new URL(first.url).port);
  const admin = clientsOf(first, "admin");
  await admin.leases.createNamespacedLease({ namespace: "holdfast", body: { metadata: { name: "claim" }, spec: {} } });
  const state = statSync(file).ino;
  await expect(openSandbox({ file, port })).rejects.toThrow("EADDRINUSE");
  expect(statSync(file).ino).toBe(state);
});

test("tokens are made once, are readable by their owner only, and the kubeconfigs name them apart", () => {
  using folder = scratch();
  const first = ensureCredentials(folder.path, "http://127.0.0.1:8090");
  const second = ensureCredentials(folder.path, "http://127.0.0.1:8090");
  expect(second).toEqual(first);
  expect(new Set(Object.values(first.tokens)).size).toBe(4);
  expect(readFileSync(first.kubeconfigs.executor, "utf8")).toContain("insecure-skip-tls-verify: true");
});

test("a token that somebody put elsewhere is the one that counts, and its folder is not written to", () => {
  using folder = scratch();
  const file = join(folder.path, "elsewhere.token");
  writeFileSync(file, "sandbox-triage-of-ours\n");
  const { tokens } = ensureCredentials(join(folder.path, "data"), "http://127.0.0.1:8090", { triage: file });
  expect(tokens.triage).toBe("sandbox-triage-of-ours");
  expect(readdirSync(folder.path).toSorted()).toEqual(["data", "elsewhere.token"]);
});

test("a start that is refused says so in the words that its supervisor knows, and ends with 1", async () => {
  using folder = scratch();
  await using taken = await openSandbox({ port: 0 });
  const port = new URL(taken.url).port;
  for (const [env, says] of [
    [{ HOLDFAST_SANDBOX_PORT: port }, `Port ${port} on 127.0.0.1 is in use.`],
    [{ HOLDFAST_SANDBOX_PORT: "x" }, "HOLDFAST_SANDBOX_PORT must be a port"],
    [
      { HOLDFAST_SANDBOX_TRIAGE_TOKEN_FILE: join(folder.path, "no", "such.token"), HOLDFAST_SANDBOX_PORT: "0" },
      "ENOENT",
    ],
  ] as const) {
    const child = spawn(process.execPath, [MAIN], {
      env: { HOLDFAST_DATA: folder.path, ...env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (bytes: Buffer) => void (said += bytes.toString()));
    const [code] = (await once(child, "close")) as [number];
    expect(code).toBe(1);
    expect(said).toMatch(/^holdfast sandbox cannot start\. [^\n]+\n$/);
    expect(said).toContain(says);
  }
});

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

function scratch(): Disposable & { path: string } {
  const path = mkdtempSync(join(tmpdir(), "sandbox-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

async function start(data: string): Promise<{ process: ChildProcess; url: string }> {
  const env = { HOLDFAST_DATA: data, HOLDFAST_SANDBOX_PORT: "0", HOLDFAST_INTAKE_URL: "http://127.0.0.1:1" };
  const child = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: child.stdout })) {
    const said: unknown = JSON.parse(line);
    if (isObject(said) && typeof said["url"] === "string") return { process: child, url: said["url"] };
  }
  throw new Error("the sandbox ended before it listened");
}

function clientFor(data: string, url: string): CoordinationV1Api {
  const { tokens } = ensureCredentials(data, url);
  const config = new KubeConfig();
  config.loadFromClusterAndUser(
    { name: "sandbox", server: url, skipTLSVerify: true },
    { name: "executor", token: tokens.executor },
  );
  return config.makeApiClient(CoordinationV1Api);
}
