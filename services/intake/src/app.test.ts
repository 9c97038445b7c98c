import { listen, openLog, openMetrics, type Door } from "@holdfast/service";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openApp } from "./app.ts";
import { BODY_BYTES_MAX, DEPTH_MAX } from "./body.ts";
import { openCounts } from "./intake.ts";
import { memoryBus } from "./memory-bus.ts";
import { notification, sent } from "./testing.ts";

const TOKEN = "a-token-of-this-test";
const lines: string[] = [];
const log = openLog({ service: "intake", level: "info", to: { write: (line) => void lines.push(line) } });

let bus: ReturnType<typeof memoryBus>;
let metrics: ReturnType<typeof openMetrics>;
let door: Door;

beforeEach(async () => {
  lines.length = 0;
  bus = memoryBus();
  metrics = openMetrics("intake");
  const app = openApp({ bus, log, now: Date.now, counts: openCounts(metrics) }, TOKEN);
  door = await listen(app, {
    host: "127.0.0.1",
    port: 0,
    portSetting: "HOLDFAST_INTAKE_PORT",
    hostSetting: "HOLDFAST_INTAKE_HOST",
  });
});
afterEach(async () => door[Symbol.asyncDispose]());

type Answer = {
  readonly status: number;
  readonly type: string | null;
  readonly detail: string;
  readonly headers: Headers;
  readonly body: unknown;
};

async function post(body: NonNullable<RequestInit["body"]>, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = await fetch(`${door.url}/v1/alertmanager`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}`, ...headers },
  });
  const json: unknown = await answer.json();
  return {
    status: answer.status,
    type: answer.headers.get("content-type"),
    detail: String((json as { detail?: unknown }).detail),
    headers: answer.headers,
    body: json,
  };
}

const counted = async (): Promise<string> => metrics.text();
const text = JSON.stringify(notification());

describe("a notification", () => {
  test("is answered 202 once every alert of it is durable", async () => {
    const release = bus.hold();
    let answered = false;
    const answer = post(
      JSON.stringify(notification({ alerts: [sent(), sent({ fingerprint: "fedcba9876543210" })], truncatedAlerts: 3 })),
    ).then((is) => ((answered = true), is));
    await bus.held(2);
    expect(answered).toBe(false);
    release();
    expect(await answer).toMatchObject({ status: 202, body: { accepted: 2, truncatedAlerts: 3 } });
    expect(bus.published.map(({ fingerprint, truncatedAlerts }) => ({ fingerprint, truncatedAlerts }))).toEqual([
      { fingerprint: "0123456789abcdef", truncatedAlerts: 3 },
      { fingerprint: "fedcba9876543210", truncatedAlerts: 3 },
    ]);
    expect(await counted()).toContain('holdfast_intake_alerts_total{status="firing",via="webhook",service="intake"} 2');
  });

  test("is answered 503, to be sent again, when one alert of it is not", async () => {
    bus.failNext(1);
    const answer = await post(
      JSON.stringify(notification({ alerts: [sent(), sent({ fingerprint: "fedcba9876543210" })] })),
    );
    expect(answer).toMatchObject({
      status: 503,
      type: "application/problem+json; charset=utf-8",
      detail: "The alerts could not be made durable. Send them again.",
    });
    expect(answer.headers.get("retry-after")).toBe("5");
    expect(await post(text)).toMatchObject({ status: 202 });
  });

  test("may come zipped", async () => {
    expect(await post(gzipSync(text), { "content-encoding": "gzip" })).toMatchObject({ status: 202 });
  });
});

describe("a refusal is problem+json with a sentence, is counted, and publishes nothing:", () => {
  const refusal = async (answer: Promise<Answer>, status: number, says: RegExp, reason: string): Promise<void> => {
    expect(await answer).toMatchObject({
      status,
      type: "application/problem+json; charset=utf-8",
      detail: expect.stringMatching(says),
    });
    expect(bus.published).toEqual([]);
    expect(await counted()).toContain(`holdfast_intake_refusals_total{reason="${reason}",service="intake"} 1`);
    expect(lines.join("")).toContain("refused a notification");
  };

  test.each(["", "Bearer", "Bearer wrong", `Bearer ${TOKEN}x`, `Bearer ${TOKEN} x`, `Basic ${TOKEN}`, TOKEN])(
    "B1: 401 without the right token: %j",
    async (authorization) => {
      await refusal(post(text, { authorization }), 401, /^The bearer token is missing or wrong/, "unauthorized");
      expect(lines.join("")).not.toContain(TOKEN);
    },
  );

  test("405 to what is no POST", async () => {
    const answer = await fetch(`${door.url}/v1/alertmanager`);
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
  });

  test("415 to another type, and to another encoding", async () => {
    await refusal(
      post("a=1", { "content-type": "application/x-www-form-urlencoded" }),
      415,
      /must be application\/json/,
      "media_type",
    );
    expect(await post(text, { "content-encoding": "br" })).toMatchObject({ status: 415 });
  });

  test.each([
    ["a broken text", "{"],
    ["no UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
    ["an empty body", ""],
  ])("400 to %s", async (_, body) => {
    await refusal(post(body), 400, /^The body is not JSON in UTF-8/, "malformed");
  });

  test("400 to what only says that it is gzip", async () => {
    await refusal(post(text, { "content-encoding": "gzip" }), 400, /says that it is gzip/, "malformed");
  });

  test("400 to a body that nests too deep, and brackets inside texts are no nesting", async () => {
    await refusal(post("[".repeat(500_000)), 400, new RegExp(`nests deeper than ${DEPTH_MAX}`), "malformed");
    expect(
      await post(JSON.stringify(notification({ alerts: [sent({ annotations: { text: '[[{{"\\'.repeat(20) } })] }))),
    ).toMatchObject({ status: 202 });
  });

  test("400 to another version, naming the place", async () => {
    await refusal(
      post(JSON.stringify(notification({ version: "5" }))),
      400,
      /^version is not as Alertmanager sends it/,
      "malformed",
    );
  });

  test("B4: 413 to a body of 50 MB, whether or not it says its length", async () => {
    const large = Buffer.alloc(50 * 1024 * 1024, " ");
    await refusal(post(large), 413, /larger than 1048576 bytes/, "too_large");
    const stream = new Blob([large.subarray(0, BODY_BYTES_MAX + 1)]).stream();
    const answer = await fetch(`${door.url}/v1/alertmanager`, {
      method: "POST",
      body: stream,
      duplex: "half",
      headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}` },
    } as RequestInit);
    expect(answer.status).toBe(413);
  });

  test("B4: 413 to 10,000 alerts", async () => {
    const alerts = Array.from({ length: 10_000 }, () => ({}));
    await refusal(post(JSON.stringify(notification({ alerts }))), 413, /has 10000 alerts, more than 2000/, "too_large");
  });

  test("B5: 413 to a zip bomb", async () => {
    const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024, " "));
    expect(bomb.length).toBeLessThan(BODY_BYTES_MAX);
    await refusal(post(bomb, { "content-encoding": "gzip" }), 413, /8388608 unzipped/, "too_large");
  });
});
