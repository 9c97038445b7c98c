import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openEmbedded } from "@holdfast/bus/embedded";
import { checkReceipt, logVerifier, logVkey, sha256, verifyLog } from "@holdfast/log";
import { logFiles, openValues, readFolder } from "@holdfast/log/files";
import { newKeyPair, publicKeys, SIGNER_NAMES } from "@holdfast/schemas";
import { expect, test } from "vitest";
import { alert, codec, pemsOf, started } from "./testing-events.ts";
import { temporaryFolder } from "./testing.ts";

const MAIN = fileURLToPath(new URL("main.ts", import.meta.url));
const { privatePem, publicPem } = newKeyPair();
const [publicKey] = publicKeys("audit", publicPem);

function prepare(data: string): void {
  mkdirSync(join(data, "secrets"));
  mkdirSync(join(data, "keys"));
  writeFileSync(join(data, "secrets/audit.key"), privatePem, { mode: 0o600 });
  for (const signer of SIGNER_NAMES) writeFileSync(join(data, `keys/${signer}.pub`), pemsOf(signer) ?? "");
}

type Service = { readonly child: ChildProcess; readonly url: string };

async function start(data: string, more: Readonly<Record<string, string>> = {}): Promise<Service> {
  const env = {
    HOLDFAST_DATA: data,
    HOLDFAST_AUDIT_PORT: "0",
    HOLDFAST_AUDIT_ADMIN_PORT: "0",
    PATH: process.env["PATH"],
    ...more,
  };
  const child = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "ignore", "pipe"] });
  const opened = Promise.withResolvers<string>();
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    const [, url] = /"url":"([^"]+)"/.exec(said) ?? [];
    if (url !== undefined) opened.resolve(url);
  });
  child.once("exit", () => opened.reject(new Error(`audit did not start: ${said}`)));
  return { child, url: await opened.promise };
}

async function end({ child }: Service, signal: NodeJS.Signals): Promise<readonly unknown[]> {
  const exited = once(child, "exit");
  child.kill(signal);
  return exited;
}

test(
  "the process records what is on the bus, receipts it, survives being killed, and stops cleanly",
  { timeout: 90_000 },
  async () => {
    if (publicKey === undefined) throw new Error("the new key pair has no public key");
    using folder = temporaryFolder();
    const data = folder.path;
    prepare(data);
    await using bus = await openEmbedded({ file: join(data, "bus.sqlite"), codec, service: "testing" });
    await bus.publish("alerts", alert.fingerprint, alert);

    const first = await start(data);
    for (let n = 0; n < 50; n += 1) await bus.publish("alerts", alert.fingerprint, { ...alert, id: `alert ${n}` });
    const intent = await bus.publish("executions", started.incident, started);
    const answer = await fetch(`${first.url}/v1/receipts/${intent.topic}/${intent.partition}/${intent.offset}`);
    expect(checkReceipt(await answer.json(), intent, logVerifier(publicKey))).toMatchObject({ outcome: "receipted" });
    expect(await end(first, "SIGKILL")).toEqual([null, "SIGKILL"]);

    const away = await bus.publish("alerts", alert.fingerprint, { ...alert, id: "while away" });
    const second = await start(data);
    const receipt = await fetch(`${second.url}/v1/receipts/${away.topic}/${away.partition}/${away.offset}`);
    expect(checkReceipt(await receipt.json(), away, logVerifier(publicKey))).toMatchObject({ outcome: "receipted" });
    expect(await end(second, "SIGTERM")).toEqual([0, null]);

    const files = logFiles(data);
    using values = openValues(files.store);
    const verdict = await verifyLog({
      read: readFolder(files.published),
      vkey: logVkey(publicKey),
      values: values.read,
    });
    expect(verdict).toMatchObject({ outcome: "verified", size: 53, records: 53, gaps: [], valuesChecked: 53 });
  },
);

test(
  "off loopback the executor and the people read, on the sandbox alice too, and nobody else",
  { timeout: 60_000 },
  async () => {
    using folder = temporaryFolder();
    const data = folder.path;
    prepare(data);
    writeFileSync(join(data, "secrets/audit.token"), "of-the-executor", { mode: 0o600 });
    writeFileSync(join(data, "secrets/approver.sha256"), sha256(Buffer.from("of-alice")).toString("hex"), {
      mode: 0o600,
    });
    writeFileSync(join(data, "approvers.yaml"), "approvers: []\n");
    const service = await start(data, {
      HOLDFAST_AUDIT_HOST: "0.0.0.0",
      HOLDFAST_APPROVERS: join(data, "approvers.yaml"),
    });
    const { port } = new URL(service.url);
    const status = async (token: string): Promise<number> =>
      (await fetch(`http://127.0.0.1:${port}/v1/events`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect([await status("of-the-executor"), await status("of-alice"), await status("of-mallory")]).toEqual([
      200, 200, 401,
    ]);
    await end(service, "SIGTERM");
  },
);
