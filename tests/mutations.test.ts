import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "./mutants.ts";
import { mutationOf, pathOf } from "./mutate.ts";
import { MUTATIONS, NOTHING } from "./mutations.ts";
import { mutated, occurrences } from "./mutations/mutation.ts";

// Every guard of the table is taken out in turn, and the test that watches over it must fail.

const SHARES = 2;
const ALL_MS_MAX = 600_000;
const OURS = /^(VITEST|VITE_|TEST$|NODE_ENV$|DEV$|PROD$|MODE$|BASE_URL$|MUTATION$)/;

const reports = new Map<string, Report>();
const shares = Array.from({ length: SHARES }, (_, share) => runShare(share));

function runShare(share: number): {
  readonly ended: Promise<unknown>;
  readonly stop: () => void;
  readonly said: () => string;
} {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !OURS.test(name)));
  const child = fork(pathOf("tests/mutants.ts"), [String(share), String(SHARES)], {
    cwd: pathOf(""),
    env,
    execArgv: [],
    silent: true,
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (bytes: Buffer) => void (said += bytes.toString()));
  child.on("message", (report: Report) => void reports.set(report.removes, report));
  return { ended: once(child, "close"), stop: () => void child.kill(), said: () => said };
}

beforeAll(async () => void (await Promise.all(shares.map(({ ended }) => ended))), ALL_MS_MAX);
afterAll(() => {
  for (const { stop } of shares) stop();
});

function reportOf(removes: string): Report {
  const report = reports.get(removes);
  if (report === undefined) throw new Error(`nothing was reported: ${shares.map(({ said }) => said()).join("\n")}`);
  return report;
}

const guards = MUTATIONS.filter((mutation) => mutation !== NOTHING);

describe("the table", () => {
  test("names each mutation once", () =>
    expect(new Set(MUTATIONS.map(({ removes }) => removes)).size).toBe(MUTATIONS.length));

  test.each(MUTATIONS)("finds the one place of: $removes", (mutation) => {
    const text = readFileSync(pathOf(mutation.file), "utf8");
    expect(occurrences(text, mutation)).toBe(1);
    expect(mutated(text, mutation)).not.toBe(text);
  });

  test("an unknown name is refused", () => expect(() => mutationOf("no such thing")).toThrow(/No mutation is called/));
});

describe("a test fails when", () => {
  test.each(guards)("$removes", ({ removes }) => {
    const { mutant, without } = reportOf(removes);
    expect({ state: without.state, says: without.says }).toEqual({ state: "passed", says: "" });
    // By an assertion of that very test: a mutant that cannot be loaded, or a test that is not there, proves nothing.
    expect(mutant).toMatchObject({ state: "failed", errors: expect.arrayContaining(["AssertionError"]) });
  });
});

test("a mutation that takes nothing out is survived, so that a failure means something", () => {
  expect(reportOf(NOTHING.removes)).toMatchObject({ mutant: { state: "passed" }, without: { state: "passed" } });
});
