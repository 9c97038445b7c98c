import { expect, test } from "vitest";
import { T0 } from "../testing.ts";
import { testNotice } from "./notice.ts";
import { slack } from "./slack.ts";
import type { Sent } from "./target.ts";
import { openPeer, type Peer } from "./testing.ts";
import { webhook } from "./webhook.ts";

const TOKEN = "the-token-of-the-webhook";
const notice = testNotice("11111111-1111-4111-8111-111111111111", "https://holdfast.example");
const never = new AbortController().signal;

function told(peer: Pick<Peer, "url">, token?: string, timeoutMs?: number): Promise<Sent> {
  return webhook(peer.url, token, timeoutMs).send(notice, T0, never);
}

test("the webhook carries its token, and the id under which a receiver drops what it knows", async () => {
  const peer = await openPeer();
  expect(await told(peer, TOKEN)).toEqual({ outcome: "sent", says: "it answered 200" });
  const [{ headers, body } = { headers: {}, body: {} }] = peer.heard;
  expect(headers).toMatchObject({ authorization: `Bearer ${TOKEN}`, "idempotency-key": notice.id });
  expect(headers["user-agent"]).toMatch(/^holdfast-approval\/\d/);
  expect(body).toMatchObject({ id: notice.id, event: "test" });
});

test("without a token none is sent", async () => {
  const peer = await openPeer();
  await told(peer);
  expect(peer.heard[0]?.headers).not.toHaveProperty("authorization");
});

test("a redirect is not followed, and its address is not told our token", async () => {
  const other = await openPeer();
  const peer = await openPeer((res) => void res.writeHead(307, { location: other.url }).end());
  expect(await told(peer, TOKEN)).toMatchObject({ outcome: "failed", kind: "redirect" });
  expect(other.heard).toEqual([]);
});

test("one that never answers is given up after its time", async () => {
  const peer = await openPeer(() => undefined);
  expect(await told(peer, TOKEN, 300)).toMatchObject({ outcome: "failed", kind: "timeout" });
});

test("one that says yes and then talks without end has taken the message", async () => {
  const peer = await openPeer((res) => {
    res.writeHead(200);
    const drip = setInterval(() => res.write("x".repeat(1_000)), 5);
    res.on("close", () => clearInterval(drip));
  });
  expect(await told(peer)).toMatchObject({ outcome: "sent" });
});

test("too many messages: it is asked again when it said", async () => {
  const peer = await openPeer((res) => void res.writeHead(429, { "retry-after": "7" }).end());
  expect(await told(peer)).toMatchObject({ outcome: "failed", kind: "throttled", retryAfterMs: 7_000 });
  peer.answer = (res) => void res.writeHead(429, { "retry-after": "999999" }).end();
  expect(await told(peer)).toMatchObject({ retryAfterMs: 900_000 });
  peer.answer = (res) => void res.writeHead(503, { "retry-after": "soon" }).end();
  expect(await told(peer)).toEqual({ outcome: "failed", kind: "status", says: "it answered 503" });
});

test("a message that a target does not take is refused for good; a wrong address or token is not the message's fault", async () => {
  const peer = await openPeer((res) => void res.writeHead(400).end("invalid_payload"));
  expect(await told(peer)).toMatchObject({ outcome: "refused" });
  peer.answer = (res) => void res.writeHead(403).end("invalid_token");
  expect(await told(peer)).toMatchObject({ outcome: "failed", kind: "credential" });
});

test("nothing of what a target answers, and nothing of its address, is in what is said of it", async () => {
  const peer = await openPeer((res) => void res.writeHead(500).end(`you sent ${TOKEN}`));
  const failed = await told(peer, TOKEN);
  const gone = await slack("http://127.0.0.1:1/services/T000/B000/SECRET").send(notice, T0, never);
  expect(failed).toEqual({ outcome: "failed", kind: "status", says: "it answered 500" });
  expect(gone).toEqual({
    outcome: "failed",
    kind: "unreachable",
    says: expect.stringMatching(/^it cannot be reached/),
  });
  expect(JSON.stringify([failed, gone])).not.toMatch(/SECRET|the-token/);
});
