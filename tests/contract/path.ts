import { createHash, randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TOPICS } from "@holdfast/schemas";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRelay, type Relay } from "../relay.ts";
import { events, heldBy, proven } from "../records.ts";
import { ask, portOf, read, secret, startAll, until, type Running } from "../running.ts";
import { breakDown, effects, outcome, peace, proposals, proposed, vote, type Shown } from "../story.ts";

const TIMEOUT = 120_000;
const PEOPLE = 12;

type Firing = {
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly startsAt: string;
  readonly generatorURL: string;
  readonly fingerprint: string;
};

/** What Alertmanager 0.27 sends for one alert, grouped by its name. */
function webhook({ labels, annotations, startsAt, generatorURL, fingerprint }: Firing): object {
  const endsAt = "0001-01-01T00:00:00Z";
  const groupLabels = { alertname: labels["alertname"] };
  return {
    receiver: "holdfast",
    status: "firing",
    alerts: [{ status: "firing", labels, annotations, startsAt, endsAt, generatorURL, fingerprint }],
    groupLabels,
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: "http://alertmanager:9093",
    version: "4",
    groupKey: `{}:{alertname="${labels["alertname"]}"}`,
    truncatedAlerts: 0,
  };
}

/** The whole path, on real processes: from a firing alert to a healed cluster and a log that proves it. One start serves all.
 * @param bus the settings of the bus it runs on. */
export function wholePath(bus: () => Promise<Readonly<Record<string, string>>>): void {
  const data = mkdtempSync(join(tmpdir(), "holdfast-whole-"));
  const config = join(data, "config");
  const tokens = Array.from({ length: PEOPLE }, () => randomBytes(24).toString("base64url"));
  let running: Running;
  let relay: Relay;

  beforeAll(async () => {
    relay = await openRelay();
    cpSync("config", config, { recursive: true });
    const approvers = tokens.map((token, at) => {
      const sha256 = createHash("sha256").update(token).digest("hex");
      return { subject: `person-${at}`, name: `Person ${at}`, roles: ["oncall"], tokenSha256: sha256 };
    });
    writeFileSync(join(config, "approvers.yaml"), JSON.stringify({ approvers }));
    running = await startAll({ HOLDFAST_CONFIG: config, HOLDFAST_INTAKE_URL: relay.url, ...(await bus()) }, data);
    relay.passTo(intake());
  }, TIMEOUT);

  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await relay[Symbol.asyncDispose]();
  }, TIMEOUT);

  const intake = (): string => `http://127.0.0.1:${portOf(running, "intake")}`;
  const isOpen =
    (name: string) =>
    ({ state, target }: Shown): boolean =>
      state === "open" && target.name === name;

  test(
    "a webhook of Alertmanager leads to a proposal within seconds, and 25 votes at once to one change",
    { timeout: TIMEOUT },
    async () => {
      relay.hold();
      const told = breakDown(running, "bad-rollout");
      const alert = await until("the alert", async () => {
        const [first] = await read<Firing[]>(
          running,
          "sandbox",
          '/alertmanager/api/v2/alerts?filter=alertname="KubePodCrashLooping"',
        );
        return first;
      });
      const began = performance.now();
      const body = webhook(alert);
      expect((await ask(running, "intake", "/v1/alertmanager", body, secret(running, "intake.token"))).status).toBe(
        202,
      );
      const proposal = await proposed(running, "a proposal", isOpen("api"));
      console.info(`open ${Math.round(performance.now() - began)} ms after the webhook`);
      expect(proposal).toMatchObject({
        action: "rollback_deployment",
        tier: "typed",
        environment: "dev",
        typedText: "payments/api",
      });
      // The sandbox tells the same alert again: one fingerprint that started at one time is one event.
      relay.passTo(intake());
      await told;

      const voters = [...Array.from({ length: 25 - PEOPLE }, () => secret(running, "approver.token")), ...tokens];
      const answers = await Promise.all(voters.map((token) => vote(running, proposal, token)));
      const codes = answers.map(({ status }) => status);
      expect(codes.filter((code) => code !== 201 && code !== 409)).toEqual([]);
      expect(codes).toContain(201);

      expect(await outcome(running, proposal)).toMatchObject({ state: "succeeded" });
      await peace(running);
      expect(await effects(running)).toHaveLength(1);
      const ofProposal = await topicsOf(proposal);
      expect(ofProposal.filter((topic) => topic === "proposals.approved")).toHaveLength(1);
      expect(ofProposal.filter((topic) => topic === "executions")).toHaveLength(2);
      expect(ofProposal).not.toContain("proposals.rejected");
    },
  );

  /** The topics of what audit knows of a proposal, repeats of an event included. */
  async function topicsOf({ id }: Shown): Promise<readonly string[]> {
    await proven(running);
    return (await events(running, `&duplicates=1&proposal=${id}`)).map(({ topic }) => topic);
  }

  test("an image that is not there is rolled back", { timeout: TIMEOUT }, async () => {
    await breakDown(running, "image-not-found");
    const proposal = await proposed(running, "a rollback", isOpen("cart"));
    expect(proposal).toMatchObject({ action: "rollback_deployment", tier: "typed" });
    expect((await vote(running, proposal)).status).toBe(201);
    expect(await outcome(running, proposal)).toMatchObject({ state: "succeeded" });
    await peace(running);
  });

  test(
    "what was executed is undone by a proposal of its own: the release that was rolled back is there again",
    { timeout: TIMEOUT },
    async () => {
      await breakDown(running, "bad-rollout");
      const proposal = await proposed(running, "a rollback", isOpen("api"));
      const image = async (): Promise<unknown> => {
        const { namespaces } = await read<{
          namespaces: { name: string; deployments: { name: string; image: string }[] }[];
        }>(running, "sandbox", "/sandbox/status");
        return namespaces.find(({ name }) => name === "payments")?.deployments.find(({ name }) => name === "api")
          ?.image;
      };
      const bad = await image();
      expect((await vote(running, proposal)).status).toBe(201);
      expect(await outcome(running, proposal)).toMatchObject({ state: "succeeded" });
      expect(await image()).not.toBe(bad);
      await peace(running);
      const asked = await ask(running, "approval", `/v1/proposals/${proposal.id}/backout`, {
        reason: "it was not that",
      });
      expect(asked).toMatchObject({ status: 201, body: { proposal: proposal.id } });
      const { next } = asked.body as { readonly next: string };
      const undo = await proposed(running, "its back-out", ({ id, state }) => id === next && state === "open");
      expect(undo).toMatchObject({
        action: "rollback_deployment",
        by: "person",
        backOutOf: proposal.id,
        tier: "typed",
      });
      expect((await vote(running, undo)).status).toBe(201);
      await until("the bad release", async () => ((await image()) === bad ? true : undefined));
      // What it brings back is the release that crashes, so its own check says failed: that is what undoing this means.
      expect(await outcome(running, undo)).toMatchObject({ state: "failed" });
      await ask(running, "sandbox", "/sandbox/heal", {});
      await peace(running);
    },
  );

  test("one stuck pod is evicted after one acknowledgement", { timeout: TIMEOUT }, async () => {
    await breakDown(running, "stuck-pod");
    const proposal = await proposed(
      running,
      "an eviction",
      ({ action, state }) => action === "evict_pod" && state === "open",
    );
    expect(proposal).toMatchObject({ tier: "one-ack", target: { kind: "Pod", namespace: "shop" } });
    expect((await vote(running, proposal)).status).toBe(201);
    expect(await outcome(running, proposal)).toMatchObject({ state: "succeeded" });
    await peace(running);
  });

  test("a cordon in prod is denied whoever asks for it", { timeout: TIMEOUT }, async () => {
    await breakDown(running, "node-not-ready");
    const cordon = await proposed(
      running,
      "a cordon",
      ({ action, state }) => action === "cordon_node" && state !== "drafted",
    );
    expect(cordon).toMatchObject({ state: "denied", environment: "prod", target: { name: "node-3" } });
    expect(cordon.reasons.map(({ rule }) => rule)).toContain("deny-prod-cluster");
    expect((await vote(running, { ...cordon, digest: "0".repeat(64) })).status).toBe(409);
    await ask(running, "sandbox", "/sandbox/heal", {});
    await peace(running);
  });

  test(
    "in prod a static token approves nothing, and what is open is withdrawn once its alerts are over",
    { timeout: TIMEOUT },
    async () => {
      const before = await effects(running);
      await crashInProd();
      const proposal = await proposed(
        running,
        "a proposal in prod",
        (one) => isOpen("web")(one) && one.target.namespace === "prod-shop",
      );
      expect(proposal).toMatchObject({ environment: "prod", action: "rollback_deployment" });
      expect((await vote(running, proposal)).status).toBe(403);
      await ask(running, "sandbox", "/sandbox/heal", {});
      await peace(running);
      const closed = await proposed(running, "its end", ({ id, state }) => id === proposal.id && state === "rejected");
      expect(closed.votes).toEqual([]);
      expect(await topicsOf(proposal)).not.toContain("executions");
      expect((await effects(running)).slice(before.length).map(({ user }) => user)).toEqual(["sandbox-admin"]);
    },
  );

  /** Somebody releases to prod what is known to crash. */
  async function crashInProd(): Promise<void> {
    const token = / token: "?([\w-]+)/.exec(secret(running, "sandbox-admin.kubeconfig"))?.[1] ?? "";
    const patch = [
      { op: "replace", path: "/spec/template/spec/containers/0/image", value: "registry.example/payments/api:2.41.1" },
    ];
    const answer = await fetch(
      `http://127.0.0.1:${portOf(running, "sandbox")}/apis/apps/v1/namespaces/prod-shop/deployments/web`,
      {
        method: "PATCH",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json-patch+json" },
        body: JSON.stringify(patch),
      },
    );
    expect(answer.status).toBe(200);
  }

  test(
    "audit has every record of the bus once, shows every event once, and proves it",
    { timeout: TIMEOUT },
    async () => {
      const verified = await proven(running);
      const held = await heldBy(running);
      const place = ({ topic, partition, offset }: { topic: string; partition: number; offset: number }): string =>
        `${topic}/${partition}/${offset}`;
      const all = await events(running, "&duplicates=1");
      expect(all.map(place).toSorted()).toEqual(held.map(place).toSorted());
      expect(verified).toMatchObject({ records: held.length, gaps: [] });
      const shown = (await events(running)).map(({ topic, id }) => `${topic} ${id}`);
      expect(new Set(shown).size).toBe(shown.length);
      expect(new Set(all.map(({ topic, id }) => `${topic} ${id}`))).toEqual(new Set(shown));
      const heard = new Set(held.map(({ topic }) => topic));
      expect(TOPICS.filter((topic) => !heard.has(topic))).toEqual(["dead-letters"]);
    },
  );

  test("nothing is left over: no incident, no open proposal, and no process had to be started again", async () => {
    const over = ["succeeded", "denied", "rejected"];
    const rest = (await proposals(running)).filter(({ state }) => !over.includes(state));
    expect(rest.map(({ state, backOutOf }) => [state, typeof backOutOf])).toEqual([["failed", "string"]]);
    // Votes were refused, and said so; nothing else did.
    expect(running.loud.filter((text) => !/approval warn +refused a vote/.test(text))).toEqual([]);
  });
}
