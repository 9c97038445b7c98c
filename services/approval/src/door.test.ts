import { openEmbedded } from "@holdfast/bus/embedded";
import { verdictOf } from "@holdfast/proposals";
import { digestOf } from "@holdfast/schemas";
import { sample, testCodec } from "@holdfast/schemas/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { allowedOf, deniedOf, loaded, MINUTES_30, openBench, served, T0, type Bench } from "./testing.ts";

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

async function open(
  name = "one",
  changed: Parameters<typeof allowedOf>[1] = {},
): Promise<{ proposalId: string; digest: string }> {
  const made = allowedOf(name, changed);
  await bench.publish(made);
  const value = bench.knowledge.proposals.get(made.allowed.proposal)?.allowed?.value ?? Buffer.alloc(0);
  return { proposalId: made.allowed.proposal, digest: digestOf(value) };
}

async function vote(
  token: string | undefined,
  body: Body | string,
  type = "application/json",
): Promise<{ status: number; type: string; body: Body }> {
  const headers = { "content-type": type, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(`${url}/v1/approvals`, {
    method: "POST",
    headers,
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: answer.status, type: answer.headers.get("content-type") ?? "", body: (await answer.json()) as Body };
}

async function get(path: string): Promise<{ status: number; body: Body }> {
  const answer = await fetch(`${url}${path}`);
  return { status: answer.status, body: (await answer.json()) as Body };
}

const yes = { decision: "approve", typed: "payments/api", reason: "the release is bad" };

describe("a vote", () => {
  test("beyond what one person may send in a minute is told how long to wait, and others are not", async () => {
    const { proposalId, digest } = await open();
    const { ana, ben } = bench.people.tokens;
    const guess = { proposalId, digest, ...yes, typed: "payments/ap1" };
    const sent = Array.from(
      { length: loaded.limits.votesPerPersonAndMinute },
      async () => (await vote(ana, guess)).status,
    );
    expect(new Set(await Promise.all(sent))).toEqual(new Set([422]));
    const refused = await fetch(`${url}/v1/approvals`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${ana}` },
      body: JSON.stringify({ proposalId, digest, ...yes }),
    });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ detail: expect.stringMatching(/more votes within a minute/) });
    expect((await vote(ben, { proposalId, digest, ...yes })).status).toBe(201);
  });

  test("is recorded, signed by approval, with the person as verified, and approves", async () => {
    const { proposalId, digest } = await open();
    const answer = await vote(bench.people.tokens.ana, { proposalId, digest, ...yes });
    expect(answer).toMatchObject({
      status: 201,
      body: { proposal: proposalId, digest, decision: "approve", state: "approved" },
    });
    const [record] = bench.knowledge.proposals.get(proposalId)?.approvals ?? [];
    expect(record?.event).toMatchObject({
      id: answer.body["id"],
      kind: "vote",
      digest,
      vote: {
        decision: "approve",
        typed: "payments/api",
        tier: "typed",
        person: { subject: "ana", name: "Ana", level: 1 },
      },
    });
    expect((await get(`/v1/proposals/${proposalId}`)).body).toMatchObject({
      state: "approved",
      votes: [{ decision: "approve", reason: "the release is bad" }],
    });
  });

  test("repeated by the same person before the verdict is the same vote, and nothing more is published", async () => {
    const { proposalId, digest } = await open("two", { quorum: 2 });
    const first = await vote(bench.people.tokens.ana, { proposalId, digest, ...yes });
    const again = await vote(bench.people.tokens.ana, { proposalId, digest, ...yes, reason: "as I said" });
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.body).toEqual(first.body);
    expect(again.body["state"]).toBe("open");
    const second = await vote(bench.people.tokens.ben, { proposalId, digest, ...yes });
    expect(second.body).toMatchObject({ state: "approved" });
    expect(second.body["id"]).not.toBe(first.body["id"]);
    expect(await published()).toBe(2);
    expect((await vote(bench.people.tokens.ana, { proposalId, digest, ...yes })).status).toBe(409);
  });

  test("sent twenty-five times at once is one vote, and each is told so", async () => {
    const { proposalId, digest } = await open("storm", { quorum: 2 });
    const answers = await Promise.all(
      Array.from({ length: 25 }, () => vote(bench.people.tokens.ana, { proposalId, digest, ...yes })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body }) => body["id"])).size).toBe(1);
    expect(await published()).toBe(1);
  });

  test("of each of twenty-five people at once makes one verdict, and just those that it counts are told 201", async () => {
    const { proposalId, digest } = await open("crowd", { quorum: 2, tier: "two_people" });
    const answers = await Promise.all(
      bench.people.tokens.crowd.map((token, at) =>
        vote(
          token,
          at === 20 ? { proposalId, digest, decision: "reject", reason: "no" } : { proposalId, digest, ...yes },
        ),
      ),
    );
    const records = bench.knowledge.proposals.get(proposalId)?.approvals ?? [];
    const verdict = verdictOf(testCodec(bench.keys).open, records);
    if (verdict.state === "open") throw new Error("twenty-five people decided nothing");
    const before = records.slice(0, records.indexOf(verdict.deciding) + 1).map(({ event }) => event.id);
    const told = answers.filter(({ status }) => status === 201).map(({ body }) => String(body["id"]));
    expect(new Set(told)).toEqual(new Set(before));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 409]));
  });

  test("after the time is over is told so, also where policy has closed it", async () => {
    const { proposalId, digest } = await open();
    bench.clock.now = T0 + MINUTES_30 - 5_000;
    expect((await vote(bench.people.tokens.ana, { proposalId, digest, ...yes })).status).toBe(410);
    expect(bench.knowledge.proposals.get(proposalId)?.approvals).toEqual([]);
  });

  async function published(): Promise<number> {
    let count = 0;
    const following = bench.bus.follow(["approvals"], [], async (batch) => void (count += batch.length));
    await following.caughtUp;
    await following[Symbol.asyncDispose]();
    return count;
  }

  test.each([
    ["text that is no JSON", "{", "application/json", 400],
    ["another type", JSON.stringify(yes), "text/plain", 415],
    ["no type that a form could not send", "a=b", "application/x-www-form-urlencoded", 415],
    ["65 KiB", JSON.stringify({ reason: "x".repeat(65 * 1024) }), "application/json", 413],
  ])("as %s is refused", async (_what, body, type, status) => {
    const answer = await vote(bench.people.tokens.ana, body, type);
    expect(answer).toMatchObject({ status, type: "application/problem+json; charset=utf-8" });
    expect(String(answer.body["detail"])).toMatch(/Nothing was recorded\.$/);
  });

  test("without a token is refused before its body is read", async () => {
    expect((await vote(undefined, "x".repeat(100_000), "text/plain")).status).toBe(401);
    expect((await vote("wrong", "{")).status).toBe(401);
    expect(bench.counted).toEqual(["none none 401", "none none 401"]);
  });

  test.each([
    ["reads the proposal", ""],
    ["reads its signed bytes, as the terminal does", "/bytes"],
  ])("is timed from when whoever casts it %s", async (_what, path) => {
    const { proposalId, digest } = await open();
    const { ana } = bench.people.tokens;
    await fetch(`${url}/v1/proposals/${proposalId}${path}`, { headers: { authorization: `Bearer ${ana}` } });
    bench.clock.now += 4_000;
    expect((await vote(ana, { proposalId, digest, ...yes })).status).toBe(201);
    expect(bench.took).toEqual(["ana approve 4"]);
  });

  test("cannot be cast by a GET", async () => {
    const { proposalId, digest } = await open();
    for (const path of ["/v1/approvals", `/proposals/${proposalId}/votes`]) {
      const query = new URLSearchParams({ proposalId, digest, ...yes, token: bench.people.tokens.ana });
      await fetch(`${url}${path}?${query.toString()}`, {
        headers: { authorization: `Bearer ${bench.people.tokens.ana}` },
      });
    }
    expect(bench.knowledge.proposals.get(proposalId)?.approvals).toEqual([]);
  });
});

describe("what there is", () => {
  test("is listed with the newest first, in pages, and by state", async () => {
    for (const name of ["a", "b", "c"]) {
      bench.clock.now += 1_000;
      await open(name);
    }
    await bench.publish(deniedOf("d"));
    const ids = async (query: string): Promise<[unknown[], unknown]> => {
      const { body } = await get(`/v1/proposals${query}`);
      return [(body["proposals"] as { id: string }[]).map(({ id }) => id), body["next"]];
    };
    const [a, b, c] = ["a", "b", "c"].map((name) => allowedOf(name).allowed.proposal);
    const [first, next] = await ids("?state=open&limit=2");
    expect(first).toEqual([c, b]);
    expect(await ids(`?state=open&limit=2&after=${String(next)}`)).toEqual([[a], null]);
    expect(await ids("?state=denied")).toEqual([[deniedOf("d").denied.proposal], null]);
    for (const query of ["?state=perhaps", "?limit=0", "?limit=201", "?after=nobody", "?what=1"])
      expect((await get(`/v1/proposals${query}`)).status).toBe(400);
  });

  test("a proposal is found by its id, its beginning and its short code", async () => {
    const { proposalId, digest } = await open();
    const whole = (await get(`/v1/proposals/${proposalId}`)).body;
    const code = String(whole["code"]);
    expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{2}$/);
    expect(whole).toMatchObject({
      digest,
      tier: "typed",
      typedText: "payments/api",
      scope: "workload",
      environment: "dev",
      podsAffected: 3,
      reversible: true,
      approveBy: new Date(T0 + MINUTES_30).toISOString(),
      target: { cluster: "sandbox", namespace: "payments", kind: "Deployment", name: "api" },
      arguments: { deployment: "api", namespace: "payments" },
      backOut: { kind: "command" },
      reasons: [{ rule: "crash-after-a-release" }],
    });
    for (const name of [proposalId.slice(0, 8), code, code.toLowerCase()])
      expect((await get(`/v1/proposals/${name}`)).body).toEqual(whole);
    for (const name of [proposalId.slice(0, 7), "nobody", "ZZZZ-ZZ"])
      expect((await get(`/v1/proposals/${name}`)).status).toBe(404);
  });

  test("a denied proposal says which rules refused it, and has neither digest nor bytes", async () => {
    await bench.publish(deniedOf("d"));
    const { body } = await get(`/v1/proposals/${deniedOf("d").denied.proposal}`);
    expect(body).toMatchObject({ state: "denied", reasons: [{ rule: "deny-prod-cluster", hard: true }] });
    expect(body).not.toHaveProperty("digest");
    expect((await get(`/v1/proposals/${deniedOf("d").denied.proposal}/bytes`)).status).toBe(404);
  });

  test("the bytes are the signed ones, with their signature", async () => {
    const { proposalId, digest } = await open();
    const answer = await fetch(`${url}/v1/proposals/${proposalId}/bytes`);
    expect(answer.headers.get("content-type")).toBe("application/octet-stream");
    expect(answer.headers.get("holdfast-signature")).toMatch(/^application\/vnd\.holdfast\.proposals\.allowed\.v1 /);
    expect(digestOf(Buffer.from(await answer.arrayBuffer()))).toBe(digest);
  });

  test("an incident is told with its alerts, its analyses and its proposals", async () => {
    const { allowed } = allowedOf("one");
    const { incident } = allowed;
    const opened = sample("incidents", "opened", { incident });
    for (const [topic, event] of [
      ["incidents", opened],
      ["analyses", sample("analyses", "a-release-that-crashes", { incident })],
    ] as const) {
      await bench.view.reached(await bench.bus.publish(topic, incident, event));
    }
    await open();
    const [line] = (await get("/v1/incidents")).body["incidents"] as Body[];
    expect(line).toMatchObject({
      id: incident,
      state: "open",
      alertName: opened.alertName,
      alertsFiring: 1,
      proposals: [allowed.proposal],
    });
    expect(line, "no model was asked").not.toHaveProperty("model");
    const spent = sample("analyses", "a-release-that-crashes", {
      incident,
      id: crypto.randomUUID(),
      analyst: "claude",
      outcome: "over_budget",
      model: "claude-sonnet-5-5",
      summary: "The day's budget is spent.",
    });
    await bench.view.reached(await bench.bus.publish("analyses", incident, spent));
    expect((await get("/v1/incidents")).body["incidents"]).toMatchObject([
      {
        id: incident,
        model: { name: "claude-sonnet-5-5", outcome: "over-budget", summary: "The day's budget is spent." },
      },
    ]);
    const whole = await get(`/v1/incidents/${incident}`);
    expect(whole.body).toMatchObject({
      id: incident,
      alerts: [{ fingerprint: opened.fingerprint, ended: false }],
      analyses: [{ analyst: "signatures" }, { analyst: "claude" }],
      proposals: [{ id: allowed.proposal, state: "open" }],
    });
    const closed = sample("incidents", "closed", { incident });
    await bench.view.reached(await bench.bus.publish("incidents", incident, closed));
    expect((await get(`/v1/incidents/${incident}`)).body).toMatchObject({ state: "closed", because: closed.because });
    expect((await get("/v1/incidents/nobody")).status).toBe(404);
  });

  test("is not told to a name that leads here from a web page", async () => {
    const { request } = await import("node:http");
    const status = await new Promise<number | undefined>((done) =>
      request(`${url}/v1/proposals`, { headers: { host: "evil.example" } }, (res) =>
        done(res.resume().statusCode),
      ).end(),
    );
    expect(status).toBe(403);
  });
});
