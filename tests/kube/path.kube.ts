import { createHash, randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openCluster, type Cluster, type Deployment, type Node, type Pod } from "@holdfast/cluster";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { proven } from "../records.ts";
import { ask, secret, startAll, until, type Running } from "../running.ts";
import { proposed, vote, outcome, proposals, type Shown } from "../story.ts";
import { webhook, type Labels } from "./alert.ts";
import { requestsSince, sizeNow, type Audited } from "./audit-log.ts";
import { kubelab, type Kubelab } from "./kubelab.ts";
import { accountOf, buildWorld, type App } from "./world.ts";

/**
 * The whole path on a real API server, on real processes, in mode act with three service accounts: something breaks, its
 * alert comes in, a signature proposes, people approve, the executor acts and proves it, and what was done is undone.
 */

const kube = inject("kube");
const SERVICES = ["triage", "policy", "executor"] as const;
const app = (namespace: string, name: string, replicas: number, images: readonly string[]): App => ({
  namespace,
  name,
  replicas,
  pool: "dev",
  env: {},
  images,
  progressDeadlineSeconds: 30,
});
const APPS = [
  app("payments", "api", 3, ["registry.example/payments/api:2.40.3"]),
  app("shop", "web", 3, ["registry.example/shop/web:5.12.0"]),
  app("shop", "cart", 2, ["registry.example/shop/cart:1.8.5"]),
  app("shop", "search", 2, ["registry.example/shop/search:3.1.0"]),
];
/** kwok gives every container one log: this is what the crashed ones said. */
const LAST_WORDS = "FATAL: cannot reach redis.shop.svc:6379: dial tcp 10.96.14.7:6379: connect: connection refused";
const PEOPLE = ["ana", "ben"] as const;

describe.skipIf(kube === null)("on a real API server", () => {
  const config = mkdtempSync(join(tmpdir(), "holdfast-kube-config-"));
  const tokens = new Map(PEOPLE.map((name) => [name, randomBytes(24).toString("base64url")]));
  let lab: Kubelab;
  let admin: Cluster;
  let running: Running;
  let since = 0;

  beforeAll(async () => {
    lab = kubelab(kube ?? never("control plane"));
    await buildWorld(lab, APPS);
    admin = openCluster({
      access: { kind: "kubeconfig", path: join(lab.data, "admin.kubeconfig") },
      service: "test",
      version: "0",
      timeoutMs: 30_000,
    });
    writeConfig(config, await admin.reader.identity(), tokens);
    const files = await Promise.all(SERVICES.map(async (name) => [setting(name), await accountOf(lab, name)] as const));
    since = sizeNow(lab.data);
    running = await startAll({
      HOLDFAST_CLUSTER: "kubeconfig",
      HOLDFAST_CLUSTER_NAME: "kubelab",
      HOLDFAST_MODE: "act",
      HOLDFAST_CONFIG: config,
      HOLDFAST_DEBOUNCE_SECONDS: "1",
      HOLDFAST_SETTLE_SECONDS: "3",
      ...Object.fromEntries(files),
    });
    writeFileSync(join(running.data, "secrets", "approver.token"), tokens.get("ana") ?? "");
  });

  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    await admin.close();
    rmSync(config, { recursive: true });
  });

  const setImage = (namespace: string, name: string, image: string): Promise<string> =>
    lab.run("ctl", "-n", namespace, "set", "image", `deployment/${name}`, `${name}=${image}`);
  const podsOf = (namespace: string, name: string): Promise<readonly Pod[]> =>
    admin.reader.list<Pod>("Pod", { namespace, labelSelector: `app=${name}` });
  const deployed = async (namespace: string, name: string): Promise<Deployment> =>
    (await admin.reader.get<Deployment>({ kind: "Deployment", namespace, name })) ?? never(name);
  const imageOf = async (namespace: string, name: string): Promise<string> =>
    (await deployed(namespace, name)).spec?.template?.spec?.containers?.[0]?.image ?? "";
  const podThat = (what: string, namespace: string, name: string, fits: (pod: Pod) => boolean): Promise<string> =>
    until(what, async () => (await podsOf(namespace, name)).find(fits)?.metadata?.name);
  const fire = async (alertname: string, target: Labels): Promise<void> => {
    const token = secret(running, "intake.token");
    const answer = await ask(running, "intake", "/v1/alertmanager", webhook(alertname, target, new Date()), token);
    expect(answer.status, JSON.stringify(answer.body)).toBe(202);
  };
  const offered = async (action: string, name: string): Promise<Shown> => {
    try {
      return await until(`${action} of ${name}`, async () =>
        (await proposals(running)).find(
          (one) => one.state === "open" && one.action === action && one.target.name === name,
        ),
      );
    } catch (cause) {
      const said = await ask(running, "approval", "/v1/incidents?limit=200");
      throw new Error(`${JSON.stringify(said.body)}\n${JSON.stringify(await proposals(running))}`, { cause });
    }
  };
  const approved = async (proposal: Shown, people: readonly (typeof PEOPLE)[number][] = ["ana"]): Promise<Shown> => {
    for (const name of people) {
      const cast = await vote(running, proposal, tokens.get(name));
      expect(cast.status, JSON.stringify(cast.body)).toBe(201);
    }
    return outcome(running, proposal);
  };
  const askedBack = async ({ id }: Shown): Promise<Shown> => {
    const asked = await ask(running, "approval", `/v1/proposals/${id}/backout`, {
      reason: "to show that it can be undone",
    });
    expect(asked.status, JSON.stringify(asked.body)).toBe(201);
    const { next } = asked.body as { readonly next: string };
    return proposed(running, "its back-out", (one) => one.id === next && one.state === "open");
  };
  const statusOfPod = (namespace: string, pod: string, patch: readonly object[]): Promise<string> =>
    lab.run(
      "ctl",
      "-n",
      namespace,
      "patch",
      "pod",
      pod,
      "--subresource=status",
      "--type=json",
      "-p",
      JSON.stringify(patch),
    );

  test("a release that crashes: rolled back, undone on request, and rolled back again", async () => {
    const [good, bad] = ["registry.example/payments/api:2.40.3", "registry.example/payments/api:2.41.0-crash"];
    await setImage("payments", "api", bad);
    const pod = await podThat("a crash loop", "payments", "api", isCrashing);
    await fire("KubePodCrashLooping", { namespace: "payments", pod, container: "api", reason: "CrashLoopBackOff" });
    const rollback = await offered("rollback_deployment", "api");
    expect(rollback).toMatchObject({ tier: "typed", environment: "dev", typedText: "payments/api" });
    expect(await approved(rollback)).toMatchObject({ state: "succeeded" });
    expect(await imageOf("payments", "api")).toBe(good);

    const undo = await askedBack(rollback);
    expect(undo).toMatchObject({ action: "rollback_deployment", tier: "typed" });
    // It brings back the release that crashes, and its own check says so.
    expect(await approved(undo)).toMatchObject({ state: "failed" });
    expect(await imageOf("payments", "api")).toBe(bad);

    const again = await askedBack(undo);
    expect(await approved(again)).toMatchObject({ state: "succeeded" });
    expect(await imageOf("payments", "api")).toBe(good);
  });

  test("an image that does not exist: rolled back", async () => {
    await setImage("shop", "search", "registry.example/shop/search:3.2.0-nopull");
    const pod = await podThat("a failed pull", "shop", "search", isWaitingForImage);
    await fire("KubeContainerWaiting", { namespace: "shop", pod, container: "search", reason: "ImagePullBackOff" });
    expect(await approved(await offered("rollback_deployment", "search"))).toMatchObject({ state: "succeeded" });
    expect(await imageOf("shop", "search")).toBe("registry.example/shop/search:3.1.0");
  });

  test("pods that crash without a release: restarted", async () => {
    const stamp = `${new Date().toISOString().replace("Z", "000000Z")} stderr F`;
    writeFileSync(join(lab.data, "logs", "previous.log"), `${stamp} ${LAST_WORDS}\n`);
    const before = (await podsOf("shop", "cart")).map((pod) => pod.metadata?.uid);
    for (const pod of await podsOf("shop", "cart")) {
      const image = {
        op: "replace",
        path: "/status/containerStatuses/0/image",
        value: "registry.example/shop/cart:1.8.5-crash",
      };
      await statusOfPod("shop", pod.metadata?.name ?? "", [image]);
    }
    await until("only crashing pods", async () =>
      (await podsOf("shop", "cart")).every(isCrashing) ? true : undefined,
    );
    const pod = await podThat("a crash loop", "shop", "cart", isCrashing);
    await fire("KubePodCrashLooping", { namespace: "shop", pod, container: "cart", reason: "CrashLoopBackOff" });
    const restart = await offered("restart_deployment", "cart");
    expect(await approved(restart)).toMatchObject({ state: "succeeded" });
    const after = (await podsOf("shop", "cart")).map((one) => one.metadata?.uid);
    expect(after.filter((uid) => before.includes(uid))).toEqual([]);
    // Nothing needs to be undone: the door says so.
    expect((await ask(running, "approval", `/v1/proposals/${restart.id}/backout`, { reason: "why not" })).status).toBe(
      409,
    );
  });

  test("one pod that stays unready: deleted after one acknowledgement", async () => {
    const [pod] = await podsOf("shop", "web");
    const { name = "", uid } = pod?.metadata ?? {};
    const longAgo = new Date(Date.now() - 300_000).toISOString().replace(/\.\d+Z/, "Z");
    await statusOfPod("shop", name, [
      { op: "replace", path: "/status/containerStatuses/0/image", value: "registry.example/shop/web:5.12.0-unready" },
      { op: "replace", path: "/status/containerStatuses/0/ready", value: false },
      { op: "replace", path: "/status/containerStatuses/0/state/running/startedAt", value: longAgo },
    ]);
    await podThat("an unready pod", "shop", "web", (one) => one.metadata?.uid === uid && !isReady(one));
    await fire("KubePodNotReady", { namespace: "shop", pod: name });
    const deletion = await offered("delete_pod", name);
    expect(deletion).toMatchObject({ tier: "one-ack" });
    expect(await approved(deletion)).toMatchObject({ state: "succeeded" });
    const left = await podsOf("shop", "web");
    expect([left.length, left.some((one) => one.metadata?.uid === uid), left.every(isReady)]).toEqual([3, false, true]);
  });

  test("a node that does not answer: cordoned by two people in a maintenance window, and opened again", async () => {
    const ready = (status: string): Promise<string> =>
      lab.run(
        "ctl",
        "patch",
        "node",
        "node-3",
        "--subresource=status",
        "-p",
        JSON.stringify({ status: { conditions: [{ type: "Ready", status, reason: "Test" }] } }),
      );
    await ready("Unknown");
    await fire("KubeNodeNotReady", { node: "node-3" });
    const cordon = await offered("cordon_node", "node-3");
    expect(cordon).toMatchObject({ tier: "two-people", typedText: "kubelab" });
    expect(await approved(cordon, ["ana", "ben"])).toMatchObject({ state: "succeeded" });
    const node = () => admin.reader.get<Node>({ kind: "Node", namespace: null, name: "node-3" });
    expect((await node())?.spec?.unschedulable).toBe(true);
    const undo = await askedBack(cordon);
    expect(undo).toMatchObject({ action: "uncordon_node", tier: "two-people" });
    await ready("True");
    expect(await approved(undo, ["ana", "ben"])).toMatchObject({ state: "succeeded" });
    expect((await node())?.spec?.unschedulable ?? false).toBe(false);
  });

  test("the API server saw reads of triage, dry runs of policy, and of the executor what was approved", async () => {
    const all = requestsSince(lab.data, since).filter(({ user }) => user.startsWith("system:serviceaccount:holdfast:"));
    const of = (name: string): readonly Audited[] => all.filter(({ user }) => user.endsWith(`:${name}`));
    const writes = (name: string): readonly Audited[] =>
      of(name).filter(
        ({ verb, uri }) => ["create", "update", "patch", "delete"].includes(verb) && !uri.includes("/selfsubject"),
      );
    console.info(
      SERVICES.map(
        (name) => `${name}: ${of(name).length} requests, ${writes(name).length} of them writes or dry runs`,
      ).join("; "),
    );
    for (const name of SERVICES)
      expect(of(name).every(({ userAgent }) => userAgent.startsWith(`holdfast-${name}/`))).toBe(true);
    expect(writes("triage")).toEqual([]);
    expect(writes("policy").filter(({ isDry }) => !isDry)).toEqual([]);
    expect(of("policy").filter(({ isDry }) => isDry).length).toBeGreaterThanOrEqual(8);
    const done = (await proposals(running)).filter(({ state }) => state === "succeeded" || state === "failed");
    const sent = writes("executor").filter(({ uri }) => !uri.includes("/leases"));
    expect(sent.every(({ code, isDry }) => code === 200 && !isDry)).toBe(true);
    expect([sent.length, done.length]).toEqual([8, 8]);
    expect(writes("executor").filter(({ uri }) => uri.includes("/leases"))).toHaveLength(8);
    await proven(running);
  });
});

const setting = (name: string): string => `HOLDFAST_${name.toUpperCase()}_KUBECONFIG`;
const isReady = ({ status }: Pod): boolean =>
  (status?.conditions ?? []).some((one) => one.type === "Ready" && one.status === "True");
const isCrashing = ({ status }: Pod): boolean =>
  (status?.containerStatuses ?? []).some(
    ({ state, restartCount }) => state?.waiting?.reason === "CrashLoopBackOff" && (restartCount ?? 0) > 0,
  );
const isWaitingForImage = ({ status }: Pod): boolean =>
  (status?.containerStatuses ?? []).some(({ state }) =>
    /^(ErrImagePull|ImagePullBackOff)$/.test(state?.waiting?.reason ?? ""),
  );

/** Everything is dev, and a maintenance window is open, or no node could ever be cordoned. */
function writeConfig(folder: string, uid: string, tokens: ReadonlyMap<string, string>): void {
  cpSync("config", folder, { recursive: true });
  const clusters = { kubelab: { uid, namespaces: { shop: "dev", payments: "dev" } } };
  const windows = [{ name: "always", selector: {}, time_intervals: [{}] }];
  const approvers = [...tokens].map(([name, token]) => {
    const tokenSha256 = createHash("sha256").update(token).digest("hex");
    return { subject: name, name, roles: ["oncall"], tokenSha256 };
  });
  writeFileSync(join(folder, "environments.yaml"), JSON.stringify({ clusters }));
  writeFileSync(join(folder, "windows.yaml"), JSON.stringify({ windows, freezes: [] }));
  writeFileSync(join(folder, "approvers.yaml"), JSON.stringify({ approvers }));
}

function never(what: string): never {
  throw new Error(`there is no ${what}`);
}
