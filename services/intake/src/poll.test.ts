import { alertId } from "@holdfast/schemas";
import { openLog, openMetrics } from "@holdfast/service";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test, vi } from "vitest";
import { openCounts, type Intake } from "./intake.ts";
import { memoryBus } from "./memory-bus.ts";
import { startPoll } from "./poll.ts";

const STARTS = "2026-11-22T02:51:04.123Z";
const listed = (over: object = {}): object => ({
  fingerprint: "0123456789abcdef",
  labels: { alertname: "KubePodCrashLooping" },
  annotations: {},
  startsAt: STARTS,
  endsAt: "2026-11-22T03:00:00.000Z",
  updatedAt: STARTS,
  generatorURL: "http://prometheus.example",
  receivers: [{ name: "holdfast" }],
  status: { state: "active", silencedBy: [], inhibitedBy: [] },
  ...over,
});
const idOf = (status: "firing" | "resolved", startsAt = STARTS): string =>
  alertId("0123456789abcdef", Date.parse(startsAt), status);

/** An Alertmanager that gives these answers in turn and stays at the last; `done` once that has been given and worked on. */
async function polled(
  answers: readonly (readonly object[] | "down" | "broken")[],
  busFails = 0,
): Promise<readonly { readonly id: string; readonly status: string }[]> {
  let asked = 0;
  const server = createServer((_, res) => {
    const answer = answers[Math.min(asked++, answers.length - 1)];
    if (answer === "down") res.writeHead(503).end();
    else res.end(answer === "broken" ? "<html>" : JSON.stringify(answer));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const bus = memoryBus(busFails);
  const log = openLog({ service: "intake", level: "error", to: { write: () => undefined } });
  const intake: Intake = { bus, log, now: Date.now, counts: openCounts(openMetrics("intake")) };
  const stop = new AbortController();
  const { port } = server.address() as AddressInfo;
  const poller = startPoll(intake, { url: `http://127.0.0.1:${port}`, everyMs: 5 }, stop.signal);
  await vi.waitFor(() => expect(asked).toBeGreaterThan(answers.length + 1), { timeout: 10_000 });
  stop.abort();
  await poller.done;
  server.close();
  return bus.published.map(({ id, status }) => ({ id, status }));
}

test("an alert that is polled has the id that it would have by webhook, and is published once", async () => {
  expect(await polled([[listed()], [listed()]])).toEqual([{ id: idOf("firing"), status: "firing" }]);
});

test("a silenced alert still is an alert", async () => {
  expect(
    await polled([[listed({ status: { state: "suppressed", silencedBy: ["x"], inhibitedBy: [] } })]]),
  ).toHaveLength(1);
});

test("an alert has ended when two answers in a row are without it", async () => {
  expect(await polled([[listed()], [], []])).toEqual([
    { id: idOf("firing"), status: "firing" },
    { id: idOf("resolved"), status: "resolved" },
  ]);
});

test("one answer without an alert ends nothing, nor do answers that are none", async () => {
  expect(await polled([[listed()], [], [listed()], "down", "broken", "down", [listed()], [], [listed()]])).toHaveLength(
    1,
  );
});

test("an alert that fires anew is another alert", async () => {
  const again = "2026-11-22T04:00:00.000Z";
  expect(await polled([[listed()], [listed({ startsAt: again })]])).toEqual([
    { id: idOf("firing"), status: "firing" },
    { id: idOf("firing", again), status: "firing" },
  ]);
});

test("an alert that cannot be read hides none of the others", async () => {
  expect(await polled([[listed({ fingerprint: "?" }), listed()]])).toHaveLength(1);
});

test("what the bus did not take is published by the next poll", async () => {
  expect(await polled([[listed()], [listed()], [listed()], [listed()]], 2)).toEqual([
    { id: idOf("firing"), status: "firing" },
  ]);
});
