import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SETTINGS } from "@holdfast/service";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startHoldfast } from "../scripts/supervisor.ts";

/** npm run demo, as a script runs it; what it said is looked up in the log that it left. */

const TIMEOUT = 180_000;

type Told = {
  readonly act: number;
  readonly says: string;
  readonly index: number;
  readonly topic: string;
  readonly id: string;
  readonly incident: string;
  readonly proposals: readonly string[];
  readonly verified?: { readonly size: number; readonly receipts: number };
  readonly undo?: string;
};

const folder = mkdtempSync(join(tmpdir(), "holdfast-demo-test-"));
const data = join(folder, "kept");
let ended: Awaited<ReturnType<typeof demo>>;
const story = (): readonly Told[] =>
  ended.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Told);

beforeAll(async () => {
  ended = await demo(["--yes", "alice", "--json", "--keep", data]);
}, TIMEOUT);

afterAll(() => rmSync(folder, { recursive: true }));

function demo(args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn("npm", ["run", "--silent", "demo", "--", ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  child.stdout.on("data", (text: Buffer) => (said.stdout += text.toString()));
  child.stderr.on("data", (text: Buffer) => (said.stderr += text.toString()));
  return new Promise((done) => child.on("close", (code) => done({ code, ...said })));
}

test("the demo ends well, and its last line is the verified log", () => {
  expect({ code: ended.code, stderr: ended.code === 0 ? "" : ended.stderr }).toEqual({ code: 0, stderr: "" });
  const last = story().at(-1);
  expect(last?.act).toBe(7);
  expect(last?.says).toMatch(/^verified: /);
  expect(last?.verified?.size).toBeGreaterThan(last?.index ?? Infinity);
  expect(last?.verified?.receipts).toBe(
    new Set(
      story()
        .filter(({ act }) => act === 7)
        .map(({ index }) => index),
    ).size,
  );
  expect(last?.undo).toMatch(/^kubectl -n payments /);
});

test("every act rests on the records that it tells of", () => {
  const topics = (act: number): readonly string[] =>
    story()
      .filter((line) => line.act === act)
      .map(({ topic }) => topic);
  expect([1, 2, 3, 4, 5].map(topics)).toEqual([
    ["alerts", "incidents"],
    ["analyses"],
    ["proposals.drafted", "proposals.denied"],
    ["proposals.drafted", "proposals.allowed"],
    ["approvals"],
  ]);
  expect(topics(6).toSorted()).toEqual(["executions", "executions", "incidents", "proposals.approved"]);
});

test(
  "each index that the demo gives is that record in GET /v1/events",
  async () => {
    const ports = Object.entries(SETTINGS).flatMap(([name, { kind }]) =>
      kind === "port" ? [[name, "0"] as const] : [],
    );
    const env = { PATH: process.env["PATH"], ...Object.fromEntries(ports), HOLDFAST_DATA: data };
    await using holdfast = await startHoldfast({ env, onLine: () => undefined, parts: ["audit"] });
    expect(await holdfast.untilReady(60_000)).toEqual([]);
    const door = `http://127.0.0.1:${holdfast.settings.HOLDFAST_AUDIT_PORT}/v1/events?limit=500`;
    const { events } = (await (await fetch(door)).json()) as { readonly events: readonly Told[] };
    const named = ({ index, topic, id, incident, proposals }: Told) => ({ index, topic, id, incident, proposals });
    expect(story().map(named)).toEqual(
      story().map(({ index }) => events.filter((event) => event.index === index).map(named)[0]),
    );
  },
  TIMEOUT,
);

test(
  "somebody who does not exist cannot answer, and nothing is started for them",
  async () => {
    const other = join(folder, "never");
    const { code, stdout, stderr } = await demo(["--yes", "mallory", "--keep", other]);
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: "",
      stderr: 'Nobody called "mallory" may answer on the sandbox: alice may. Nothing was started.\n',
    });
    expect(existsSync(other)).toBe(false);
  },
  TIMEOUT,
);

test(
  "what a person would have to answer is not asked of a script",
  async () => {
    expect(await demo([])).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining("--yes alice") });
  },
  TIMEOUT,
);

test("the demo leaves no secret in what it prints", () => {
  const token = readFileSync(join(data, "secrets", "approver.token"), "utf8").trim();
  expect(ended.stdout + ended.stderr).not.toContain(token);
});
