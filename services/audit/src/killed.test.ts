import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import { verifyLog } from "@holdfast/log";
import { readFolder } from "@holdfast/log/files";
import { expect, test } from "vitest";
import { checkStore } from "./check-store.ts";
import { SIGNER, openLog, temporaryFolder } from "./testing.ts";

const ROUNDS = 12;
const LOOP = fileURLToPath(new URL("append-loop.ts", import.meta.url));

test(
  "a writer that is killed at any moment leaves a log that verifies, and a store that is never behind it",
  { timeout: 120_000 },
  async () => {
    using folder = temporaryFolder();
    let before = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const milliseconds = Math.floor(Math.random() * 150);
      const child = spawn(process.execPath, [LOOP, folder.path, String(before)], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const exited = once(child, "exit");
      await Promise.race([once(child.stdout, "data"), exited]);
      await delay(milliseconds);
      child.kill("SIGKILL");
      expect(await exited, `round ${round}, killed after ${milliseconds} ms`).toEqual([null, "SIGKILL"]);
      const verdict = await verifyLog({ read: readFolder(folder.path), vkey: SIGNER.vkey });
      using log = openLog(folder.path);
      expect(log.store.size()).toBeGreaterThanOrEqual(log.publisher.latest().size);
      expect(checkStore(log.store)).toBeUndefined();
      expect(verdict.outcome, `round ${round}, killed after ${milliseconds} ms: ${JSON.stringify(verdict)}`).toBe(
        log.publisher.latest().size === 0 ? "nothing" : "verified",
      );
      before = log.store.size();
    }
    expect(before).toBeGreaterThan(0);
  },
);
