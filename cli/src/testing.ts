import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SIGNER_NAMES, type TrustedKeys } from "@holdfast/schemas";
import { readSettings } from "@holdfast/service";
import type { RequestListener } from "node:http";
import { onTestFinished } from "vitest";
import { holdfast } from "./holdfast.ts";
import { painter } from "./terminal.ts";
import type { World } from "./world.ts";

/** For the tests of the command line: a terminal that is kept, and a door that is served. */

export type Ran = {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly asked: readonly string[];
};

export type Terminal = {
  /** Runs one command; the lines are what the person types, one for each question. */
  readonly run: (args: readonly string[], lines?: readonly string[]) => Promise<Ran>;
};

export function terminal(
  env: Readonly<Record<string, string>>,
  now: () => number,
  openBus: World["openBus"] = () => Promise.reject(new Error("this test opens no bus")),
): Terminal {
  return {
    run: async (args, lines = []) => {
      const [out, err, asked]: [string[], string[], string[]] = [[], [], []];
      const typed = [...lines];
      const world: World = {
        settings: readSettings("cli", env),
        say: (text) => void out.push(text),
        warn: (text) => void err.push(text),
        ask: (prompt) => Promise.resolve(void asked.push(prompt)).then(() => typed.shift()),
        paint: painter(false, undefined),
        now,
        fetch,
        env,
        openBus,
        start: () => Promise.reject(new Error("this test starts no services")),
        signal: AbortSignal.timeout(15_000),
      };
      const code = await holdfast(args, world);
      return { code, out: out.join("\n"), err: err.join("\n"), asked };
    },
  };
}

export async function served(listener: RequestListener): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer(listener);
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), "holdfast-cli-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A folder of public keys as the command line pins them. */
export function pinned(trusted: TrustedKeys): string {
  const folder = temporaryFolder();
  for (const signer of SIGNER_NAMES) {
    const pems = trusted[signer].map((key) => key.export({ type: "spki", format: "pem" }).toString());
    writeFileSync(join(folder, `${signer}.pub`), pems.join(""));
  }
  return folder;
}
