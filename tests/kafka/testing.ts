import { inject } from "vitest";
import type { Answer } from "./for-tests.ts";

/**
 * The address of a real broker, or undefined where this machine cannot have one, which is said aloud. In CI that is a failure.
 * It starts in seconds once its jars are there; the first time they are fetched.
 */
export async function brokerForTests(): Promise<string | undefined> {
  const answer = (await (await fetch(inject("kafka"))).json()) as Answer; // our own server's
  if ("broker" in answer) return answer.broker;
  return skipped(`The tests on a real Kafka cannot run: ${answer.missing}`);
}

/** What is not tested is said aloud. @throws it in CI. */
export function skipped(says: string): undefined {
  if (process.env["CI"] !== undefined && process.env["CI"] !== "false") throw new Error(says);
  console.warn(`\n${"!".repeat(100)}\nSKIPPED. ${says}\n${"!".repeat(100)}\n`);
}
