import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { events } from "./records.ts";
import { ask, read, secret, startAll, until, type Running } from "./running.ts";
import { breakDown, outcome, proposed, vote, type Shown } from "./story.ts";

/** The logs of a whole story, on real processes: one line for each decision, and no secret in any. */

const TIMEOUT = 180_000;
const DECISIONS = new Set([
  "analyses",
  "proposals.drafted",
  "proposals.allowed",
  "proposals.denied",
  "approvals",
  "proposals.approved",
  "proposals.rejected",
  "executions",
]);
const PLANTED = "Planted-S3cret-in-Telemetry";
const STRANGER = "the-token-of-a-stranger-1234567890";
const NOTIFY = "the-token-of-the-receiver-1234567890";

type Line = Readonly<Record<string, unknown>> & { readonly service: string; readonly msg: string };
type Firing = { readonly labels: object; readonly annotations: object } & Readonly<Record<string, unknown>>;

let running: Running;

beforeAll(async () => {
  running = await startAll({
    HOLDFAST_LOG_LEVEL: "debug",
    // Nobody listens there, so that every attempt fails and is told in the log.
    HOLDFAST_NOTIFY_WEBHOOK_URL: `http://127.0.0.1:9/${PLANTED}`,
    HOLDFAST_NOTIFY_WEBHOOK_TOKEN: NOTIFY,
  });
}, TIMEOUT);

afterAll(async () => {
  await running[Symbol.asyncDispose]();
}, TIMEOUT);

/** What fires, told once more as Alertmanager would, by somebody who put a secret into it. */
async function tellWithSecret(): Promise<void> {
  const firing = await until("an alert", async () => {
    const [first] = await read<Firing[]>(running, "sandbox", "/alertmanager/api/v2/alerts");
    return first;
  });
  const { labels, fingerprint, startsAt } = firing;
  const annotations = { description: `password=${PLANTED} Authorization: Bearer ${PLANTED}`, summary: PLANTED };
  const endsAt = "0001-01-01T00:00:00Z";
  const generatorURL = `http://user:${PLANTED}@prometheus.example/graph`;
  const body = {
    receiver: "holdfast",
    status: "firing",
    alerts: [
      {
        status: "firing",
        labels: { ...labels, note: PLANTED },
        annotations,
        startsAt,
        endsAt,
        generatorURL,
        fingerprint,
      },
      { status: PLANTED, labels: {}, annotations },
    ],
    groupLabels: {},
    commonLabels: {},
    commonAnnotations: {},
    externalURL: `http://user:${PLANTED}@alertmanager.example`,
    version: "4",
    groupKey: PLANTED,
    truncatedAlerts: 0,
  };
  const send = (token: string) => ask(running, "intake", "/v1/alertmanager", body, token);
  expect((await send(secret(running, "intake.token"))).status).toBeLessThan(500);
  expect((await send(STRANGER)).status).toBe(401);
}

function linesIn(data: string): { readonly texts: readonly string[]; readonly lines: readonly Line[] } {
  const folder = join(data, "logs");
  const texts = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), "utf8").split("\n"));
  return { texts, lines: texts.filter((text) => text.startsWith("{")).map((text) => JSON.parse(text) as Line) };
}

test("one line for each decision, with its ids, and no secret in any line", { timeout: TIMEOUT }, async () => {
  await breakDown(running, "bad-rollout");
  await tellWithSecret();
  const isOpen = (name: RegExp) => (shown: Shown) => shown.state === "open" && name.test(shown.target.name);
  const rollback = await proposed(running, "a rollback", isOpen(/^api$/));
  expect((await vote(running, rollback, STRANGER)).status).toBe(401);
  // The same vote twice is one decision.
  const twice = await Promise.all([vote(running, rollback), vote(running, rollback)]);
  expect(twice.map(({ status }) => status)).toContain(201);
  await outcome(running, rollback);

  await breakDown(running, "stuck-pod");
  const evict = await proposed(running, "an eviction", isOpen(/^web-/));
  const no = { proposalId: evict.id, digest: evict.digest, decision: "reject", reason: `not now, ${PLANTED}` };
  expect((await ask(running, "approval", "/v1/approvals", no)).status).toBe(201);
  await breakDown(running, "node-not-ready");
  await proposed(running, "a denial", ({ state }) => state === "denied");
  await until("the rejection", async () => {
    const { state } = await read<Shown>(running, "approval", `/v1/proposals/${evict.id}`);
    return state === "rejected" ? true : undefined;
  });
  const decided = await until("a record of each kind of decision", async () => {
    const recorded = (await events(running)).filter(({ topic }) => DECISIONS.has(topic));
    return new Set(recorded.map(({ topic }) => topic)).size === DECISIONS.size ? recorded : undefined;
  });
  await running.holdfast().stop();
  const { texts, lines } = linesIn(running.data);

  const told = decided.map(({ id, topic, incident, proposals }) => {
    const mine = lines.filter(({ record }) => record === id);
    const names = mine.every(
      (line) => line["incident"] === incident && (topic === "analyses" || line["proposal"] === proposals[0]),
    );
    return `${topic} ${mine.length} ${names ? "with its ids" : JSON.stringify(mine)}`;
  });
  expect([...new Set(told)].toSorted()).toEqual([...DECISIONS].map((topic) => `${topic} 1 with its ids`).toSorted());

  const files = readdirSync(join(running.data, "secrets")).map((file) => secret(running, file));
  const bodies = files.flatMap((text) =>
    text.split("\n").filter((line) => line.length > 20 && !line.startsWith("-----")),
  );
  const secrets = [...bodies, PLANTED, STRANGER, NOTIFY];
  expect(secrets.length).toBeGreaterThan(10);
  expect(texts.filter((text) => secrets.some((each) => text.includes(each)))).toEqual([]);
  expect(lines.some(({ msg }) => msg.startsWith("could not tell webhook"))).toBe(true);
});
