import { openCluster, preconditionFailed, type KubeObject } from "@holdfast/cluster";
import { openSandbox, type IdentityName, type Sandbox } from "@holdfast/sandbox";
import { recordOf, type Plan } from "@holdfast/schemas";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { rulesFor } from "./rbac.ts";
import { named, rightOf, stageOn, until, type Stage } from "./stage.ts";

/** The actions on sets, numbers, pauses, evictions and CronJobs against the simulated cluster, there and back again. */

let sandbox: Sandbox;
let stage: Stage;

const as = (service: IdentityName) =>
  openCluster({
    access: { kind: "loopback", server: sandbox.url, token: sandbox.tokens[service] },
    service,
    version: "0.1.0",
    timeoutMs: 10_000,
  });

beforeEach(async () => {
  sandbox = await openSandbox();
  stage = stageOn({ policy: as("policy"), executor: as("executor"), admin: as("admin") });
});

afterEach(async () => {
  for (const each of [stage.policy, stage.executor, stage.admin]) await each.close();
  await sandbox[Symbol.asyncDispose]();
});

const APPS = "/apis/apps/v1/namespaces/shop";
const LABELS = { app: "db" };

function template(image: string) {
  return { metadata: { labels: LABELS }, spec: { containers: [{ name: "db", image }], nodeSelector: { pool: "dev" } } };
}

async function made(collection: string, name: string, spec: object): Promise<void> {
  expect(await stage.create(collection, { metadata: { name }, spec })).toMatchObject({ status: 201 });
}

const statefulSet = (name = "db", image = "db:1") =>
  made(`${APPS}/statefulsets`, name, {
    replicas: 2,
    serviceName: name,
    selector: { matchLabels: LABELS },
    template: template(image),
  });
const daemonSet = () =>
  made(`${APPS}/daemonsets`, "db", {
    selector: { matchLabels: LABELS },
    template: template("db:1"),
    updateStrategy: { type: "RollingUpdate" },
  });
const autoscaler = (name: string, kind: string, target: string) =>
  made("/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers", name, {
    scaleTargetRef: { apiVersion: "apps/v1", kind, name: target },
    minReplicas: 2,
    maxReplicas: 4,
  });
const cronJob = (suspend: boolean) =>
  made("/apis/batch/v1/namespaces/shop/cronjobs", "nightly", {
    schedule: "0 3 * * *",
    suspend,
    jobTemplate: { spec: { template: template("db:1") } },
  });
const budget = () =>
  made("/apis/policy/v1/namespaces/shop/poddisruptionbudgets", "web", {
    maxUnavailable: 1,
    selector: { matchLabels: { app: "web" } },
  });

type Workload = KubeObject & { readonly status?: { readonly readyReplicas?: number; readonly numberReady?: number } };

const serving = (kind: "StatefulSet" | "DaemonSet", count = 2) =>
  until(async () => {
    const set = await stage.admin.reader.get<Workload>({ kind, namespace: "shop", name: "db" });
    return (set?.status?.readyReplicas ?? set?.status?.numberReady ?? 0) === count;
  });

/** The whole way of one sealed plan: tried, sent, landed, proved. */
async function carriedOut(name: string, plan: Plan): Promise<void> {
  expect((await stage.policy.dryRunner.dryRun(plan.request)).status).toBeLessThan(300);
  const written = sandbox.writes().length;
  expect(await named(name).landed(plan, stage.executor.reader)).toBe("no");
  const answer = await stage.executor.sender.send(plan.request, 5_000);
  expect(answer.status, answer.says).toBeLessThan(300);
  expect(
    sandbox
      .writes()
      .slice(written)
      .map((write) => write.body),
  ).toEqual([plan.request.body.toString("utf8")]);
  expect(await named(name).landed(plan, stage.executor.reader)).toBe("yes");
  expect(await stage.settled(name, plan, answer)).toMatchObject({ outcome: "healthy" });
}

const isThere = (app: string, ready: boolean) =>
  stage.podOf("shop", app, ready).then(
    () => true,
    () => false,
  );

const json = (bytes: Buffer): unknown => JSON.parse(bytes.toString("utf8"));

const WEB = { namespace: "shop", deployment: "web" };
const DB = { namespace: "shop", statefulset: "db" };
const CART = { namespace: "shop", deployment: "cart" };
const NIGHTLY = { namespace: "shop", cronjob: "nightly" };
const BOUNDS = { namespace: "shop", hpa: "web", minReplicas: "2", maxReplicas: "8" };

const readyDb = async () => {
  await statefulSet();
  await serving("StatefulSet");
};
const readyDaemon = async () => {
  await daemonSet();
  await serving("DaemonSet");
};
const nothing = async () => {};
/** A healthy Deployment that somebody paused, with a new template waiting. */
const pausedCart = async () => {
  await stage.patch(`${APPS}/deployments/cart`, { spec: { paused: true } });
  await stage.patch(`${APPS}/deployments/cart`, {
    spec: { template: { metadata: { annotations: { release: "2" } } } },
  });
};
const rollingCart = async () => {
  await sandbox.break("image-not-found");
};

describe("there", () => {
  test.each([
    ["restart_statefulset", DB, readyDb],
    ["restart_daemonset", { namespace: "shop", daemonset: "db" }, readyDaemon],
    ["scale_up", { ...WEB, replicas: "4" }, nothing],
    ["scale_up", { ...DB, replicas: "3" }, readyDb],
    ["scale_down", { ...WEB, replicas: "2" }, nothing],
    ["scale_down", { ...DB, replicas: "1" }, readyDb],
    ["set_hpa_bounds", BOUNDS, () => autoscaler("web", "Deployment", "web")],
    ["pause_rollout", CART, rollingCart],
    ["resume_rollout", CART, pausedCart],
    ["suspend_cronjob", NIGHTLY, () => cronJob(false)],
    ["resume_cronjob", NIGHTLY, () => cronJob(true)],
  ])("and back: %s of %j", async (name, given, prepare) => {
    await prepare();
    const plan = await stage.sealed(name, given as Readonly<Record<string, string>>);
    await carriedOut(name, plan);
    const undo = plan.backOut.action;
    if (plan.backOut.kind === "self_heals" || name === "resume_rollout") return;
    const back = await stage.sealed(undo?.action ?? "", recordOf(undo?.arguments ?? []));
    expect(json(back.before)).toEqual(json(plan.after));
    const answer = await stage.executor.sender.send(back.request, 5_000);
    expect(answer.status, answer.says).toBe(200);
    expect(await named(back.action).landed(back, stage.executor.reader)).toBe("yes");
  });

  test("and back: a rollout that goes on can be paused again only while it is under way", async () => {
    await sandbox.break("image-not-found");
    await stage.patch(`${APPS}/deployments/cart`, { spec: { paused: true } });
    const plan = await stage.sealed("resume_rollout", CART);
    await stage.executor.sender.send(plan.request, 5_000);
    const back = await stage.sealed("pause_rollout", recordOf(plan.backOut.action?.arguments ?? []));
    expect(await stage.executor.sender.send(back.request, 5_000)).toMatchObject({ status: 200 });
    expect(await named("pause_rollout").landed(back, stage.executor.reader)).toBe("yes");
    expect(await stage.refusal("pause_rollout", WEB)).toBe("rollout-complete");
  });

  test("evict_pod is tried without evicting, heals, and waits for its budget", async () => {
    await budget();
    await until(
      async () =>
        (await stage.refusal("evict_pod", { namespace: "shop", pod: await stage.podOf("shop", "web", true) })) ===
        "planned",
    );
    const plan = await stage.sealed("evict_pod", { namespace: "shop", pod: await stage.podOf("shop", "web", true) });
    expect(plan.facts.find((fact) => fact.name === "disruption budget")?.value).toBe("web: 3 serve, 2 must, 1 may go");
    await carriedOut("evict_pod", plan);
    await stage.patch("/apis/policy/v1/namespaces/shop/poddisruptionbudgets/web", { spec: { maxUnavailable: 0 } });
    const given = { namespace: "shop", pod: await stage.podOf("shop", "web", true) };
    await until(async () => (await stage.refusal("evict_pod", given)) === "disruption-budget-exhausted");
  });

  test("an eviction that was planned in time is refused by the API server once the budget is used up", async () => {
    await budget();
    const given = { namespace: "shop", pod: await stage.podOf("shop", "web", true) };
    await until(async () => (await stage.refusal("evict_pod", given)) === "planned");
    const plan = await stage.sealed("evict_pod", given);
    await stage.patch("/apis/policy/v1/namespaces/shop/poddisruptionbudgets/web", { spec: { maxUnavailable: 0 } });
    expect(await stage.policy.dryRunner.dryRun(plan.request)).toMatchObject({ status: 429 });
    expect(await stage.executor.sender.send(plan.request, 5_000)).toMatchObject({ status: 429 });
    expect(await named("evict_pod").landed(plan, stage.executor.reader)).toBe("no");
  });
});

describe("a release that cannot start", () => {
  /** The image that the scenario made unpullable. */
  const BAD = "registry.example/shop/cart:1.9.1-rc";

  test.each([
    ["rollback_statefulset", "StatefulSet", "statefulsets", DB, statefulSet],
    ["rollback_daemonset", "DaemonSet", "daemonsets", { namespace: "shop", daemonset: "db" }, daemonSet],
  ] as const)(
    "%s puts the template back, its broken pod goes, and its way back is the bad one",
    async (name, kind, plural, given, make) => {
      await make();
      await serving(kind);
      await sandbox.break("image-not-found");
      await stage.patch(`${APPS}/${plural}/db`, { spec: { template: template(BAD) } });
      await until(() => isThere("db", false));
      const plan = await stage.sealed(name, given);
      expect(plan.now).toMatch(/^1 of 2 pods serve \(revision 1\); 1 pod \(revision 2\) cannot start/);
      expect((await stage.policy.dryRunner.dryRun(plan.request)).status).toBe(200);
      const answer = await stage.executor.sender.send(plan.request, 5_000);
      expect(answer.status, answer.says).toBe(200);
      expect(await named(name).landed(plan, stage.executor.reader)).toBe("yes");
      if (kind === "StatefulSet") {
        expect(plan.touches).toMatch(/it waits for it until somebody deletes it$/);
        const broken = await stage.sealed("delete_pod", { namespace: "shop", pod: "db-1" });
        await stage.executor.sender.send(broken.request, 5_000);
      }
      expect(await stage.settled(name, plan, answer)).toMatchObject({ outcome: "healthy" });
      const back = await stage.sealed(name, recordOf(plan.backOut.action?.arguments ?? []));
      expect(json(back.after)).toEqual(json(plan.before));
      expect((await stage.executor.sender.send(back.request, 5_000)).status).toBe(200);
    },
  );
});

describe("what moved since it was planned refuses", () => {
  const moved = { spec: { template: { metadata: { annotations: { touched: "yes" } } } } };
  test.each([
    ["restart_statefulset", DB, readyDb, `${APPS}/statefulsets/db`, moved, "cannot-tell"],
    [
      "restart_daemonset",
      { namespace: "shop", daemonset: "db" },
      readyDaemon,
      `${APPS}/daemonsets/db`,
      moved,
      "cannot-tell",
    ],
    [
      "scale_up",
      { ...WEB, replicas: "5" },
      nothing,
      `${APPS}/deployments/web`,
      { spec: { replicas: 4 } },
      "cannot-tell",
    ],
    [
      "scale_down",
      { ...DB, replicas: "1" },
      readyDb,
      `${APPS}/statefulsets/db`,
      { spec: { replicas: 3 } },
      "cannot-tell",
    ],
    ["pause_rollout", CART, rollingCart, `${APPS}/deployments/cart`, moved, "cannot-tell"],
    ["resume_rollout", CART, pausedCart, `${APPS}/deployments/cart`, moved, "cannot-tell"],
    [
      "set_hpa_bounds",
      BOUNDS,
      () => autoscaler("web", "Deployment", "web"),
      "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers/web",
      { spec: { minReplicas: 1 } },
      "cannot-tell",
    ],
    [
      "suspend_cronjob",
      NIGHTLY,
      () => cronJob(false),
      "/apis/batch/v1/namespaces/shop/cronjobs/nightly",
      { spec: { suspend: true } },
      "yes",
    ],
  ] as const)("%s", async (name, given, prepare, path, body, landed) => {
    await prepare();
    const plan = await stage.sealed(name, given);
    expect(await stage.patch(path, body)).toMatchObject({ status: 200 });
    const answer = await stage.executor.sender.send(plan.request, 5_000);
    expect(preconditionFailed(answer), answer.says).toBe(true);
    expect(await named(name).landed(plan, stage.executor.reader)).toBe(landed);
  });

  test("an eviction of the pod that took the name", async () => {
    await readyDb();
    const plan = await stage.sealed("evict_pod", { namespace: "shop", pod: "db-1" });
    await stage.executor.sender.send(
      (await stage.sealed("delete_pod", { namespace: "shop", pod: "db-1" })).request,
      5_000,
    );
    await until(async () => {
      const pod = await stage.admin.reader.get({ kind: "Pod", namespace: "shop", name: "db-1" });
      return pod !== undefined && pod.metadata?.uid !== plan.target.uid;
    });
    expect(preconditionFailed(await stage.executor.sender.send(plan.request, 5_000))).toBe(true);
    expect(await named("evict_pod").landed(plan, stage.executor.reader)).toBe("yes");
  });
});

describe("the RBAC rules of an action", () => {
  const pods = async () => {
    await readyDb();
    await made(`${APPS}/daemonsets`, "agent", {
      selector: { matchLabels: { app: "agent" } },
      template: { ...template("db:1"), metadata: { labels: { app: "agent" } } },
    });
    await until(() => isThere("agent", true));
    const names = await Promise.all(["web", "db", "agent"].map((app) => stage.podOf("shop", app, true)));
    return names.map((pod) => ({ namespace: "shop", pod }));
  };
  const only =
    (given: Readonly<Record<string, string>>, prepare: () => Promise<void> = nothing) =>
    async () => {
      await prepare();
      return [given];
    };

  test.each([
    ["rollback_deployment", only(WEB)],
    ["restart_deployment", only(WEB)],
    ["pause_rollout", only(CART, rollingCart)],
    ["resume_rollout", only(CART, pausedCart)],
    ["restart_statefulset", only(DB, readyDb)],
    ["restart_daemonset", only({ namespace: "shop", daemonset: "db" }, readyDaemon)],
    ["suspend_cronjob", only(NIGHTLY, () => cronJob(false))],
    ["cordon_node", only({ node: "node-1" })],
    ["delete_pod", pods],
    ["evict_pod", pods],
    [
      "scale_up",
      async () => {
        await readyDb();
        return [
          { ...WEB, replicas: "4" },
          { ...DB, replicas: "3" },
        ];
      },
    ],
    [
      "set_hpa_bounds",
      async () => {
        await readyDb();
        await autoscaler("web", "Deployment", "web");
        await autoscaler("db", "StatefulSet", "db");
        return [BOUNDS, { ...BOUNDS, hpa: "db" }];
      },
    ],
  ])("are all that %s uses, and no more", async (name, prepare) => {
    const all = await prepare();
    const from = sandbox.requests().length;
    for (const given of all) {
      const plan = await stage.sealed(name, given);
      const answer = await stage.admin.sender.send(plan.request, 5_000);
      expect(answer.status, answer.says).toBeLessThan(300);
      await named(name).landed(plan, stage.admin.reader);
      await named(name).verify(plan, stage.admin.reader, answer, { cluster: "sandbox", now: () => new Date() });
    }
    const used = new Set(
      sandbox
        .requests()
        .slice(from)
        .map(({ method, path }) => rightOf(method, path)),
    );
    const declared = rulesFor([name]).flatMap(({ resource, verbs }) => verbs.map((verb) => `${verb} ${resource}`));
    expect([...used].toSorted()).toEqual([...new Set(declared)].toSorted());
  });
});
