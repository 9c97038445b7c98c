import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { openRedactor } from "@holdfast/redact";
import { openFiring, openPrometheus } from "./telemetry.ts";

const http = { userAgent: "holdfast-triage/test", timeoutMs: 2_000, bytesMax: 1_000 };
const never = new AbortController().signal;

async function serving(listener: RequestListener): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

test("Alertmanager is asked for all that fires, silenced too, by a client that says who it is", async () => {
  const asked: string[] = [];
  await using server = await serving((req, res) => {
    asked.push(`${req.url} ${req.headers["user-agent"]}`);
    res.end(
      JSON.stringify([
        { fingerprint: "a", status: { state: "active" } },
        { fingerprint: "b", status: { state: "suppressed" } },
      ]),
    );
  });
  expect([...(await openFiring(server.url, http)(never))]).toEqual(["a", "b"]);
  expect(asked).toEqual(["/api/v2/alerts?active=true&silenced=true&inhibited=true holdfast-triage/test"]);
});

test("no answer is taken for no alerts", async () => {
  await using server = await serving((_req, res) => void res.writeHead(503).end());
  await expect(openFiring(server.url, http)(never)).rejects.toThrow("answered 503");
});

test("labels of a metric are redacted, and their hidden characters shown", async () => {
  await using server = await serving(
    (_req, res) =>
      void res.end(
        JSON.stringify({
          data: {
            resultType: "vector",
            result: [{ metric: { path: "/x?password=hunter22hunter22", pod: "a\u202Eb" }, value: [1, "2.5"] }],
          },
        }),
      ),
  );
  expect(await openPrometheus(server.url, http, openRedactor([])).query("up", never)).toEqual([
    { labels: { path: "/x?password=[redacted:key-value]", pod: "a\\u{202e}b" }, points: [{ at: 1_000, value: 2.5 }] },
  ]);
});

test("a redirect is not followed", async () => {
  let reached = false;
  await using elsewhere = await serving((_req, res) => {
    reached = true;
    res.end("[]");
  });
  await using server = await serving((_req, res) => void res.writeHead(302, { location: elsewhere.url }).end());
  await expect(openFiring(server.url, http)(never)).rejects.toThrow();
  expect(reached).toBe(false);
});

test("an answer without end is cut off", async () => {
  await using server = await serving((_req, res) => {
    const timer = setInterval(() => res.write("x".repeat(500)), 1);
    res.on("close", () => clearInterval(timer));
  });
  await expect(openPrometheus(server.url, http, openRedactor([])).query("up", never)).rejects.toThrow(
    "more than 1000 bytes",
  );
});

test("an answer that does not come is given up", async () => {
  await using server = await serving(() => undefined);
  await expect(
    openPrometheus(server.url, { ...http, timeoutMs: 50 }, openRedactor([])).query("up", never),
  ).rejects.toThrow();
});

test("a range of too many steps is refused before it is asked", async () => {
  const prometheus = openPrometheus("http://127.0.0.1:1", http, openRedactor([]));
  await expect(async () => prometheus.queryRange("up", 0, 3_600_000, 1, never)).rejects.toThrow("more than 500 steps");
});
