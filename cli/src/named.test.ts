import { openEmbedded } from "@holdfast/bus/embedded";
import { visible } from "@holdfast/schemas";
import { sample } from "@holdfast/schemas/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { allowedOf, openBench, T0, type Bench } from "../../services/approval/src/testing.ts";
import { pinned, served, terminal, type Terminal } from "./testing.ts";

const HOSTILE = "\u001b[2J\nCHANGE   forged";
let bench: Bench;
let close: () => void;
let ana: Terminal;

beforeEach(async () => {
  bench = await openBench(openEmbedded);
  const served_ = await served(bench.door);
  close = served_.close;
  ana = terminal(
    {
      HOLDFAST_APPROVAL_URL: served_.url,
      HOLDFAST_TOKEN: bench.people.tokens.ana,
      HOLDFAST_PUBLIC_KEYS: pinned(bench.keys.trusted),
    },
    () => bench.clock.now + 60_000,
  );
});

afterEach(async () => {
  close();
  await bench[Symbol.asyncDispose]();
});

describe("an incident without a proposal", () => {
  async function found(): Promise<string> {
    const opened = sample("incidents", "opened");
    await bench.put("incidents", { ...opened, alertName: "PodCrashLooping" });
    await bench.put("analyses", {
      ...sample("analyses", "a-release-that-crashes"),
      incident: opened.incident,
      model: "m-1",
      summary: HOSTILE,
      hypotheses: [{ cause: "the release is bad", confidence: 60, evidence: ["e1"] }],
      evidence: [
        { id: "e1", source: "logs", query: "previous", readAt: T0, says: "FATAL: no DSN", outsideWritable: true },
      ],
    });
    return opened.incident;
  }

  test.each([["show"], ["review"], ["incidents"]])(
    "is told by %s with its analysis and the evidence",
    async (command) => {
      const id = await found();
      const { out, code } = await ana.run([command, id.slice(0, 8)]);
      expect(code).toBe(0);
      expect(out).toMatch(/^INCIDENT [0-9a-f]{8} {3}PodCrashLooping/);
      for (const part of ["the model m-1, not trusted", "60 % by its own word, from e1", "FATAL: no DSN"])
        expect(out).toContain(part);
      expect(out).toMatch(/can write this: not\s+trusted/);
      expect(out).toMatch(/^PROPOSED nothing/m);
      expect(out).not.toMatch(/^CHANGE/m);
      expect(visible(out)).toBe(out);
      for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    },
  );

  test("is in the list with the whole name of its target", async () => {
    await bench.put("incidents", {
      ...sample("incidents", "opened"),
      alertName: "KubeDeploymentReplicasMismatch",
      target: {
        cluster: "c",
        namespace: "a-long-namespace",
        kind: "Deployment",
        name: "a-long-name-of-a-workload",
        uid: null,
      },
    });
    const { out } = await ana.run(["incidents"]);
    expect(out.replaceAll(/\s/g, "")).toContain("a-long-namespace/a-long-name-of-a-workload");
    for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });
});

test("a name that is neither's is said with the commands that list names", async () => {
  expect(await ana.run(["show", "nobody-there"])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/holdfast proposals.*holdfast incidents/),
  });
  expect((await ana.run(["reject", "nobody-there", "--reason", "x"])).err).toMatch(/`holdfast proposals` lists/);
});

describe("a proposal that ended", () => {
  async function open(name: string): Promise<{ readonly id: string }> {
    const { draft, allowed } = allowedOf(name);
    await bench.publish({ draft, allowed });
    return { id: allowed.proposal };
  }

  test("says so in its first line, has its outcome below, and asks nobody for anything", async () => {
    const { id } = await open("ended");
    expect((await ana.run(["show", id])).out).toMatch(/^REVIEW .*answer by/);
    await ana.run(["reject", id, "--reason", "wait for the owner"]);
    const { out } = await ana.run(["show", id]);
    expect(out).toMatch(/^REJECTED .{7} {3}rollback_deployment/);
    for (const part of ["answer by", "You: ", "(u: all)", "more:  e", "holdfast replan"])
      expect(out).not.toContain(part);
  });
});

test("of a pod that goes the change is told in words", async () => {
  const { draft, allowed } = allowedOf(
    "evicted",
    {},
    {
      action: "evict_pod",
      target: { cluster: "sandbox", namespace: "shop", kind: "Pod", name: "web-x", uid: null },
      request: {
        verb: "POST",
        path: "/api/v1/namespaces/shop/pods/web-x/eviction",
        contentType: "application/json",
        body: Buffer.from("{}"),
      },
      backOut: { kind: "self_heals", command: null, action: null, because: null },
    },
  );
  await bench.publish({ draft, allowed });
  const { out } = await ana.run(["show", allowed.proposal]);
  expect(out).toContain("CHANGE   pod shop/web-x is evicted; its controller makes another");
});

test("the review says that a reason is asked for, and asks once more where Enter came alone", async () => {
  const { draft, allowed } = allowedOf("typed");
  await bench.publish({ draft, allowed });
  await bench.publish(allowedOf("other"));
  const typed = allowed.confirmText;
  const { out, asked } = await ana.run(["review", allowed.proposal], [typed, "", ""]);
  expect(out).toMatch(/to approve; then you are asked why/);
  expect(asked).toHaveLength(3);
  expect((await ana.run(["review"])).out).toMatch(/1 other proposal waits as well/);
  expect(await ana.run(["approve", allowed.proposal])).toMatchObject({
    code: 1,
    err: expect.stringMatching(/add --typed with the text .*, and --reason with why/),
  });
});
