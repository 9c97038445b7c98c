import { createHash } from "node:crypto";
import { openEmbedded } from "@holdfast/bus/embedded";
import { digestOf, visible } from "@holdfast/schemas";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { allowedOf, changing, deniedOf, openBench, served, T0, type Bench } from "./testing.ts";

let bench: Bench;
let url: string;
let close: () => void;

async function serve(boundTo?: string): Promise<void> {
  bench = await openBench(openEmbedded, boundTo);
  ({ url, close } = await served(bench.door));
}

beforeEach(() => serve());
afterEach(async () => {
  close();
  await bench[Symbol.asyncDispose]();
});

const HOSTILE = `<script>fetch("https://evil.example")</script><img src=x onerror=alert(1)> "'><svg onload=alert(1)> [a](javascript:alert(1)) ![b](https://evil.example/p.png) \u001b[2J\u202etxt`;

async function hostile(): Promise<string> {
  const { draft, allowed } = allowedOf(
    "hostile",
    {},
    {
      users: HOSTILE,
      now: HOSTILE,
      touches: HOSTILE,
      notUndone: [HOSTILE],
      pods: [HOSTILE],
      owner: { name: HOSTILE, says: HOSTILE },
      ...changing({ [HOSTILE]: HOSTILE }, { [HOSTILE]: "x" }),
      backOut: { kind: "command", command: HOSTILE, action: null, because: HOSTILE },
      facts: [{ name: HOSTILE, value: HOSTILE, source: HOSTILE, readAt: T0 }],
    },
    {
      by: "model",
      author: HOSTILE,
      because: HOSTILE,
      words: HOSTILE,
      evidence: [{ id: "e1", source: HOSTILE, query: HOSTILE, readAt: T0, says: HOSTILE, outsideWritable: true }],
    },
  );
  await bench.publish({ draft, allowed });
  return allowed.proposal;
}

async function text(path: string): Promise<string> {
  return (await fetch(`${url}${path}`)).text();
}

describe("a page", () => {
  test("shows hostile text as text, in every field, and fetches nothing", async () => {
    const id = await hostile();
    await bench.publish(deniedOf("no", { rulings: [{ rule: HOSTILE, reason: HOSTILE, hard: true }], action: HOSTILE }));
    for (const path of ["/", `/proposals/${id}`, `/proposals/${deniedOf("no").denied.proposal}`]) {
      const page = await text(path);
      expect(page).toContain("&lt;script&gt;");
      expect(page).toContain("\\u{1b}[2J\\u{202e}txt");
      expect(page).not.toMatch(
        /<(script|img|svg|link|iframe|object|embed|base)\b|<[a-z][^<>]*\s(src|srcset|style|on\w+)=|url\(|@import/i,
      );
      expect(visible(page)).toBe(page);
      // Whatever can be followed or sent leads to this very door.
      for (const [, to] of page.matchAll(/(?:href|action)="([^"]*)"/g))
        expect(to).toMatch(/^\/(proposals\/[0-9a-f-]{36}(\/(votes|requests))?)?$/);
    }
  });

  test("may run nothing, be framed by nobody and send its form here alone; its one style is the one that is allowed", async () => {
    const answer = await fetch(`${url}/`);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'$/,
    );
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    const [, style = ""] = /<style>([\s\S]*?)<\/style>/.exec(await answer.text()) ?? [];
    expect(policy).toContain(createHash("sha256").update(style).digest("base64"));
  });

  test("has the open ones before the denied, and each denial with its rule and reason", async () => {
    await bench.publish(allowedOf("open"));
    await bench.publish(deniedOf("denied"));
    const page = await text("/");
    const places = [
      "rollback_deployment",
      "Refused by policy",
      "deny-prod-cluster",
      "Cluster-wide changes in production",
    ].map((word) => page.indexOf(word));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(places[0]).toBeGreaterThan(0);
  });

  test("says so when the words speak of another change than the bytes", async () => {
    const { draft, allowed } = allowedOf("liar", {}, {}, { words: "A harmless restart of one pod." });
    await bench.publish({ draft, allowed });
    expect(await text(`/proposals/${allowed.proposal}`)).toMatch(
      /Disagrees: the words speak of restart,\s+and this change is rollback_deployment/,
    );
  });
});

describe("the form", () => {
  async function send(
    id: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = { origin: url },
  ): Promise<{ status: number; page: string }> {
    const body = new URLSearchParams(fields).toString();
    const answer = await fetch(`${url}/proposals/${id}/votes`, {
      method: "POST",
      redirect: "manual",
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
      body,
    });
    return { status: answer.status, page: await answer.text() };
  }

  async function fields(): Promise<{ id: string; filled: Record<string, string> }> {
    const made = allowedOf("form");
    await bench.publish(made);
    const value = bench.knowledge.proposals.get(made.allowed.proposal)?.allowed?.value ?? Buffer.alloc(0);
    return {
      id: made.allowed.proposal,
      filled: {
        token: bench.people.tokens.ana,
        digest: digestOf(value),
        decision: "approve",
        typed: "payments/api",
        reason: "bad release",
      },
    };
  }

  test("votes as the door does, and leads back to the page", async () => {
    const { id, filled } = await fields();
    expect((await send(id, filled)).status).toBe(303);
    expect(bench.knowledge.proposals.get(id)?.approvals[0]?.event.vote).toMatchObject({
      decision: "approve",
      typed: "payments/api",
      person: { subject: "ana" },
    });
    expect(await text(`/proposals/${id}`)).toMatch(/approved/);
  });

  test("is refused with the sentence of the door, on the page, and never gives the token back", async () => {
    const { id, filled } = await fields();
    const wrong = await send(id, { ...filled, typed: "payments" });
    expect(wrong.status).toBe(422);
    expect(wrong.page).toContain("type exactly payments/api");
    expect(wrong.page).not.toContain(filled["token"]);
    expect((await send(id, { ...filled, token: "wrong" })).status).toBe(401);
    expect((await send(id, { ...filled, digest: "0".repeat(64) })).status).toBe(409);
  });

  test.each([
    ["another site", { origin: "https://evil.example" }],
    ["another site that the browser tells of", { origin: "null", "sec-fetch-site": "cross-site" }],
    ["a name beside ours", { origin: "null", "sec-fetch-site": "same-site" }],
    ["nobody knows where", {}],
    ["a page without an origin", { origin: "null" }],
  ])("sent by %s does nothing", async (_who, headers) => {
    const { id, filled } = await fields();
    expect((await send(id, filled, headers)).status).toBe(403);
    expect(bench.knowledge.proposals.get(id)?.approvals).toEqual([]);
  });

  test("sends nothing on Enter: its first button is dead, and nothing is filled in", async () => {
    const { id } = await fields();
    const page = await text(`/proposals/${id}`);
    expect(/<button[^>]*>/.exec(page)?.[0]).toMatch(/ disabled /);
    expect([...page.matchAll(/<input\b[^>]*\bvalue="/g)]).toHaveLength(1);
  });
});

test("elsewhere than on loopback every page wants a token, which a browser gives as a password and which alone does not vote", async () => {
  close();
  await bench[Symbol.asyncDispose]();
  await serve("0.0.0.0");
  const basic = { authorization: `Basic ${Buffer.from(`ana:${bench.people.tokens.ana}`).toString("base64")}` };
  for (const path of ["/", "/v1/proposals", "/v1/incidents"]) {
    expect((await fetch(`${url}${path}`)).status).toBe(401);
    expect((await fetch(`${url}${path}`, { headers: basic })).status).toBe(200);
    expect(
      (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${bench.people.tokens.ana}` } })).status,
    ).toBe(200);
  }
  const post = { method: "POST", headers: { ...basic, "content-type": "application/json" }, body: "{}" };
  expect((await fetch(`${url}/v1/approvals`, post)).status).toBe(401);
});
