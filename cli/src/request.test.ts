import { openEmbedded } from "@holdfast/bus/embedded";
import { nextOf } from "@holdfast/proposals";
import { stepId, type Allowed } from "@holdfast/schemas";
import { sample } from "@holdfast/schemas/testing";
import { afterEach, beforeEach, expect, test } from "vitest";
import { allowedOf, deniedOf, openBench, T0, type Bench } from "../../services/approval/src/testing.ts";
import { pinned, served, terminal, type Terminal } from "./testing.ts";

let bench: Bench;
let close: () => void;
let ana: Terminal;

beforeEach(async () => {
  bench = await openBench(openEmbedded);
  const door = await served(bench.door);
  close = door.close;
  const settings = { HOLDFAST_APPROVAL_URL: door.url, HOLDFAST_PUBLIC_KEYS: pinned(bench.keys.trusted) };
  ana = terminal({ ...settings, HOLDFAST_TOKEN: bench.people.tokens.ana }, () => bench.clock.now + 60_000);
});

afterEach(async () => {
  close();
  await bench[Symbol.asyncDispose]();
});

async function open(): Promise<Allowed> {
  const made = allowedOf("first");
  await bench.publish(made);
  return made.allowed;
}

async function executed({ proposal, incident }: Allowed, state: "succeeded" | "refused" = "succeeded"): Promise<void> {
  const step = { id: stepId(proposal, state), proposal, incident, state, at: T0 };
  const event = sample("executions", "succeeded", step);
  await bench.view.reached(await bench.bus.publish("executions", incident, event));
}

/** What policy would plan for the request, once there is one. */
async function requested(first: Allowed): Promise<string> {
  const find = (): string | undefined =>
    bench.knowledge.proposals.get(first.proposal)?.approvals.find(({ event }) => event.kind === "request")?.event.id;
  await expect.poll(find, { timeout: 10_000 }).toBeDefined();
  return nextOf(first, find() ?? "");
}

test("replan shows the new plan and how it is decided", async () => {
  const first = await open();
  const running = ana.run(["replan", first.proposal, "--reason", "stale"]);
  const next = await requested(first);
  const made = allowedOf("next", { id: stepId(next, "allowed"), proposal: next }, {}, { id: next, proposal: next });
  await bench.publish({ allowed: made.allowed });
  const { code, out, err } = await running;
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^REVIEW [0-9A-Z]{4}-[0-9A-Z]{2} +rollback_deployment/);
  expect(out.split("\n").at(-1)).toMatch(
    /^It is proposed, and nothing has changed yet\. To decide: holdfast review [0-9A-Z]{4}-/,
  );
});

test("a request that policy denies ends with its reason, and with 1", async () => {
  const first = await open();
  const running = ana.run(["replan", first.proposal]);
  const next = await requested(first);
  await bench.publish({ denied: { ...deniedOf("next").denied, id: stepId(next, "denied"), proposal: next } });
  const { code, out } = await running;
  expect([code, out]).toEqual([1, expect.stringMatching(/^DENIED [^]*REFUSED {2}deny-prod-cluster/)]);
});

test("show names the command that undoes an executed change, and backout asks for it", async () => {
  const first = await open();
  const early = await ana.run(["backout", first.proposal]);
  expect([early.code, early.err]).toEqual([1, expect.stringMatching(/not taken\. .*changed nothing/)]);
  await executed(first);
  const { out } = await ana.run(["show", first.proposal]);
  const [, shown = ""] = /holdfast (backout [0-9A-Z]{4}-[0-9A-Z]{2})/.exec(out) ?? [];
  const asked = await ana.run([...shown.split(" "), "--reason", "worse than before", "--json"]);
  expect([asked.code, JSON.parse(asked.out)]).toEqual([
    0,
    expect.objectContaining({ proposal: first.proposal, wants: "back-out" }),
  ]);
});

test("show says first how it ended, and of what was refused how it is planned anew", async () => {
  const first = await open();
  await executed(first, "refused");
  const { out } = await ana.run(["show", first.proposal]);
  expect(out).toMatch(/^REFUSED [0-9A-Z]{4}-[0-9A-Z]{2} {3}rollback_deployment .* UTC\n.*\nOUTCOME {2}refused: /);
  expect(out).toMatch(/^NEXT {5}holdfast replan [0-9A-Z]{4}-/m);
  for (const key of ["(u: all)", "more:  e", "You: ", "To undo it"]) expect(out).not.toContain(key);
});
