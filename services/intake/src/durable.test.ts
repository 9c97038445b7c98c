import { openEmbedded } from "@holdfast/bus/embedded";
import { openCodec, trustedKeys } from "@holdfast/schemas";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { notification } from "./testing.ts";

const TOKEN = "a-token-of-this-test";
const MAIN = new URL("./main.ts", import.meta.url).pathname;

/** The real service, in its own process; its token comes from a file. */
async function intake(data: string) {
  const env = { HOLDFAST_DATA: data, HOLDFAST_INTAKE_PORT: "0", HOLDFAST_INTAKE_ADMIN_PORT: "0" };
  const child = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "ignore", "pipe"] });
  for await (const line of createInterface({ input: child.stderr })) {
    const [, url] = /come in at (http:[^"]+)"/.exec(line) ?? [];
    if (url !== undefined) return { child, url };
  }
  throw new Error("intake ended before its door was open");
}

async function post(url: string, authorization = `Bearer ${TOKEN}`): Promise<number> {
  const body = JSON.stringify(notification());
  const answer = await fetch(url, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", authorization },
  });
  return answer.status;
}

test("B3: what was answered 202 is on the bus after a kill -9, and what comes again is the same event", async () => {
  const data = mkdtempSync(join(tmpdir(), "holdfast-intake-"));
  mkdirSync(join(data, "secrets"));
  writeFileSync(join(data, "secrets", "intake.token"), `${TOKEN}\n`, { mode: 0o600 });
  for (const _ of ["before", "after a restart"]) {
    const { child, url } = await intake(data);
    expect(await post(url, "Bearer another")).toBe(401);
    expect(await post(url)).toBe(202);
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  const codec = openCodec({ service: "intake", trusted: trustedKeys(() => undefined), signing: {} });
  await using bus = await openEmbedded({ file: join(data, "bus.sqlite"), codec, service: "intake" });
  const seen: string[] = [];
  await bus.view(["alerts"], ({ event }) => void seen.push(event.fingerprint)).caughtUp;
  expect(seen).toEqual(["0123456789abcdef"]);
  expect((await bus.stats()).dropped.duplicate).toBe(1);
});
