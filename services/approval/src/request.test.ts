import { openEmbedded } from "@holdfast/bus/embedded";
import { nextOf } from "@holdfast/proposals";
import { digestOf, encode, envelopeOf, stepId, type Allowed } from "@holdfast/schemas";
import { sample } from "@holdfast/schemas/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { allowedOf, deniedOf, openBench, served, T0, type Bench } from "./testing.ts";

let bench: Bench;
let url: string;
let close: () => void;

beforeEach(async () => {
  bench = await openBench(openEmbedded);
  ({ url, close } = await served(bench.door));
});

afterEach(async () => {
  close();
  await bench[Symbol.asyncDispose]();
});

type Body = Readonly<Record<string, unknown>>;

async function ask(
  what: string,
  token: string | undefined,
  body?: Body,
): Promise<{ readonly status: number; readonly body: Body }> {
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body && { "content-type": "application/json" }),
  };
  const answer = await fetch(`${url}/v1/proposals/${what}`, {
    method: "POST",
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Body };
}

async function open(changed: Partial<Allowed> = {}, plan: Parameters<typeof allowedOf>[2] = {}): Promise<Allowed> {
  const made = allowedOf("one", changed, plan);
  await bench.publish(made);
  return made.allowed;
}

/** The outcome of an execution, as the executor would report it. */
async function ran(
  { proposal, incident }: Allowed,
  state: "succeeded" | "failed" | "refused" | "unknown",
): Promise<void> {
  const event = sample("executions", "succeeded", { id: stepId(proposal, state), proposal, incident, state, at: T0 });
  await bench.view.reached(await bench.bus.publish("executions", incident, event));
}

async function ended({ proposal, incident }: Allowed, how: "rejected" | "expired" | "withdrawn"): Promise<void> {
  const { value, headers } = bench.knowledge.proposals.get(proposal)?.allowed ?? fail();
  const name = how === "rejected" ? "vote" : "closing";
  const base = sample("approvals", name);
  const event = {
    ...base,
    id: stepId(proposal, how),
    incident,
    proposal,
    digest: digestOf(value),
    allowed: envelopeOf(value, headers) ?? null,
    vote: base.vote === null ? null : { ...base.vote, decision: "reject" as const, typed: null },
    closing: how === "rejected" ? null : { closing: how, because: "over" },
  };
  await bench.view.reached(await bench.bus.publish("approvals", incident, event));
}

function fail(): never {
  throw new Error("the test is not set up as it thinks");
}

const requests = ({ proposal }: Allowed): readonly unknown[] =>
  (bench.knowledge.proposals.get(proposal)?.approvals ?? []).filter(({ event }) => event.kind === "request");

describe("a request to plan anew", () => {
  test("is recorded, signed by approval, with the person as verified, and names what policy will plan", async () => {
    const allowed = await open();
    const { ana } = bench.people.tokens;
    const answer = await ask(`${allowed.proposal}/replan`, ana, { reason: "the old facts are stale" });
    const id = String(answer.body["id"]);
    const next = nextOf(allowed, id);
    expect(answer).toEqual({ status: 201, body: { id, proposal: allowed.proposal, wants: "replan", next } });
    expect(requests(allowed)).toMatchObject([
      {
        event: {
          id,
          kind: "request",
          incident: allowed.incident,
          vote: null,
          request: { wants: "replan", reason: "the old facts are stale", person: { subject: "ana", level: 1 } },
        },
      },
    ]);
    const shown = (await (await fetch(`${url}/v1/proposals/${allowed.proposal}`)).json()) as Body;
    expect(shown).toMatchObject({ state: "open", requests: [{ id, wants: "replan", next, person: { name: "Ana" } }] });
  });

  test("needs no body, and finds the proposal by its short code", async () => {
    const allowed = await open();
    const { code } = (await (await fetch(`${url}/v1/proposals/${allowed.proposal}`)).json()) as { code: string };
    expect(await ask(`${code}/replan`, bench.people.tokens.ana)).toMatchObject({
      status: 201,
      body: { proposal: allowed.proposal },
    });
  });

  test("by the same person is the same request, however often and whatever has become of it; by another one another", async () => {
    const allowed = await open();
    const { ana, ben } = bench.people.tokens;
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(`${allowed.proposal}/replan`, ana)));
    const other = await ask(`${allowed.proposal}/replan`, ben);
    expect(other.status).toBe(201);
    expect(other.body["id"]).not.toBe(answers[0]?.body["id"]);
    await ended(allowed, "withdrawn");
    await ran(allowed, "succeeded");
    const later = await ask(`${allowed.proposal}/replan`, ana);
    expect(new Set([...answers, later].map(({ status, body }) => `${status} ${String(body["id"])}`)).size).toBe(1);
    expect(requests(allowed)).toHaveLength(2);
  });

  test("may be made again once policy has denied what the first one led to", async () => {
    const allowed = await open();
    const { ana } = bench.people.tokens;
    const first = await ask(`${allowed.proposal}/replan`, ana);
    const next = String(first.body["next"]);
    const draft = sample("proposals.drafted", "rollback", { id: next, proposal: next, incident: allowed.incident });
    await bench.publish({
      denied: {
        ...deniedOf("x").denied,
        id: stepId(next, "denied"),
        proposal: next,
        incident: allowed.incident,
        draft: encode("proposals.drafted", draft),
      },
    });
    const again = await ask(`${allowed.proposal}/replan`, ana);
    expect(again.status).toBe(201);
    expect(again.body["next"]).not.toBe(next);
    expect(await ask(`${allowed.proposal}/replan`, ana)).toEqual(again);
  });

  test.each([
    ["nobody has the token", 401, "one/replan", "wrong", {}],
    ["the body says more than a reason", 400, "one/replan", "cid", { because: "x" }],
    ["there is no such proposal", 404, "nobody/replan", "cid", {}],
    ["the role is missing", 403, "one/backout", "cid", {}],
    ["it changed nothing that could be undone", 409, "one/backout", "ana", {}],
  ] as const)("where %s is answered %#: %i, whatever else is wrong", async (_what, status, what, who, body) => {
    const allowed = await open();
    const token = who === "wrong" ? who : bench.people.tokens[who];
    const answer = await ask(what.replace("one", allowed.proposal), token, body);
    expect(answer.status).toBe(status);
    expect(requests(allowed)).toEqual([]);
  });

  test("of what policy denied leads to nothing", async () => {
    const { denied } = deniedOf("no");
    await bench.publish({ denied });
    expect((await ask(`${denied.proposal}/replan`, bench.people.tokens.ana)).status).toBe(409);
  });
});

test.each([
  ["expired", 201, 409],
  ["withdrawn", 201, 409],
  ["rejected", 409, 409],
  ["refused", 201, 409],
  ["failed", 201, 201],
  ["unknown", 409, 201],
  ["succeeded", 409, 201],
] as const)("of what is %s a new plan is answered %i and a back-out %i", async (state, replan, backout) => {
  const allowed = await open();
  if (state === "expired" || state === "withdrawn" || state === "rejected") await ended(allowed, state);
  else await ran(allowed, state);
  const { ana } = bench.people.tokens;
  const shown = await (await fetch(`${url}/v1/proposals/${allowed.proposal}`)).json();
  expect(shown).toMatchObject({
    mayRequest: [...(replan === 201 ? ["replan"] : []), ...(backout === 201 ? ["back-out"] : [])],
  });
  const page = await (await fetch(`${url}/proposals/${allowed.proposal}`)).text();
  expect(/holdfast replan [0-9A-Z]{4}-/.test(page)).toBe(replan === 201);
  expect((await ask(`${allowed.proposal}/replan`, ana)).status).toBe(replan);
  expect((await ask(`${allowed.proposal}/backout`, ana)).status).toBe(backout);
});

test("what the cluster restores by itself has no back-out to ask for", async () => {
  const allowed = await open({}, { backOut: { kind: "self_heals", command: null, action: null, because: "it heals" } });
  await ran(allowed, "succeeded");
  const answer = await ask(`${allowed.proposal}/backout`, bench.people.tokens.ana);
  expect(answer).toMatchObject({ status: 409, body: { detail: expect.stringContaining("restores it by itself") } });
});

describe("the page of what was executed", () => {
  async function send(id: string, fields: Readonly<Record<string, string>>, origin = url): Promise<number> {
    const answer = await fetch(`${url}/proposals/${id}/requests`, {
      method: "POST",
      redirect: "manual",
      headers: { "content-type": "application/x-www-form-urlencoded", origin },
      body: new URLSearchParams(fields).toString(),
    });
    await answer.text();
    return answer.status;
  }

  test("names the command that asks for the back-out, and its form does the same", async () => {
    const allowed = await open();
    await ran(allowed, "succeeded");
    const page = await (await fetch(`${url}/proposals/${allowed.proposal}`)).text();
    expect(page).toMatch(/holdfast backout [0-9A-Z]{4}-[0-9A-Z]{2}/);
    expect(page).not.toContain("Plan it anew");
    const token = bench.people.tokens.ana;
    expect(await send(allowed.proposal, { wants: "back_out", token, reason: "it made things worse" })).toBe(303);
    expect(requests(allowed)).toMatchObject([
      { event: { request: { wants: "back_out", reason: "it made things worse" } } },
    ]);
    expect(await (await fetch(`${url}/proposals/${allowed.proposal}`)).text()).toContain("Ana asked to undo it");
  });

  test("takes no form of another site, of nobody, or for something else", async () => {
    const allowed = await open();
    const token = bench.people.tokens.ana;
    expect(await send(allowed.proposal, { wants: "replan", token }, "https://evil.example")).toBe(403);
    expect(await send(allowed.proposal, { wants: "replan", token: "wrong" })).toBe(401);
    expect(await send(allowed.proposal, { wants: "everything", token })).toBe(400);
    expect(requests(allowed)).toEqual([]);
  });
});
