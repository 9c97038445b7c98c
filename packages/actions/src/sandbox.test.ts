import { setTimeout as sleep } from "node:timers/promises";
import { openCluster, preconditionFailed, type Cluster } from "@holdfast/cluster";
import { openSandbox, type IdentityName, type Sandbox } from "@holdfast/sandbox";
import type { Plan } from "@holdfast/schemas";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Action, Change, Check, World } from "./action.ts";
import { catalogue } from "./catalogue.ts";
import { planOf } from "./example-cluster.ts";
import { sealedValue, TEMPLATE } from "./sealed-patch.ts";

/** Each action against the simulated cluster, over HTTP, with the credentials that the services have. */

const WORLD: World = { cluster: "sandbox", now: () => new Date() };

let sandbox: Sandbox;
let policy: Cluster;
let executor: Cluster;
let admin: Cluster;

const as = (name: IdentityName) =>
  openCluster({
    access: { kind: "loopback", server: sandbox.url, token: sandbox.tokens[name] },
    service: name,
    version: "0.1.0",
    timeoutMs: 10_000,
  });

beforeEach(async () => {
  sandbox = await openSandbox();
  [policy, executor, admin] = [as("policy"), as("executor"), as("admin")];
});

afterEach(async () => {
  for (const each of [policy, executor, admin]) await each.close();
  await sandbox[Symbol.asyncDispose]();
});

function named(name: string): Action {
  const action = catalogue.get(name);
  if (!action) throw new Error(`no action ${name}`);
  return action;
}

async function planned(name: string, given: Readonly<Record<string, string>>): Promise<Change> {
  const planning = await named(name).plan(policy.reader, given, WORLD);
  if (planning.outcome === "refused") throw new Error(planning.reason);
  return planning.change;
}

async function sealed(name: string, given: Readonly<Record<string, string>>): Promise<Plan> {
  const change = await planned(name, given);
  expect(named(name).door(given)).toEqual({ verb: change.request.verb, path: change.request.path });
  return planOf(change, name);
}

async function settled(
  name: string,
  plan: Plan,
  answer: Awaited<ReturnType<Cluster["sender"]["send"]>>,
): Promise<Check> {
  for (;;) {
    const check = await named(name).verify(plan, executor.reader, answer, WORLD);
    if (check.outcome !== "pending") return check;
    await sleep(100);
  }
}

const healthy = async () => {
  while (!sandbox.status().healthy) await sleep(100);
};

async function podOf(namespace: string, app: string, ready: boolean): Promise<string> {
  const pods = await policy.reader.list<{
    metadata?: { name?: string };
    status?: { conditions?: { type: string; status: string }[] };
  }>("Pod", { namespace });
  const found = pods.find(
    (pod) =>
      pod.metadata?.name?.startsWith(`${app}-`) &&
      pod.status?.conditions?.some((each) => each.type === "Ready" && (each.status === "True") === ready),
  );
  if (!found?.metadata?.name) throw new Error(`no such pod of ${app}`);
  return found.metadata.name;
}

describe("from the plan to the healed cluster", () => {
  test.each([
    ["bad-rollout", "rollback_deployment", { namespace: "payments", deployment: "api" }],
    ["image-not-found", "rollback_deployment", { namespace: "shop", deployment: "cart" }],
    ["crash-without-release", "restart_deployment", { namespace: "shop", deployment: "cart" }],
  ])("%s: %s is tried, sent, found to have landed, and heals", async (scenario, name, given) => {
    expect(await sandbox.break(scenario)).toEqual({ outcome: "fired" });
    const plan = await sealed(name, given);
    expect(await policy.dryRunner.dryRun(plan.request)).toMatchObject({ status: 200 });
    expect(sandbox.writes()).toEqual([]);
    expect(await named(name).landed(plan, executor.reader)).toBe("no");
    const answer = await executor.sender.send(plan.request, 5_000);
    expect(answer.status, answer.says).toBe(200);
    expect(sandbox.writes().map((write) => write.body)).toEqual([plan.request.body.toString("utf8")]);
    expect(await named(name).landed(plan, executor.reader)).toBe("yes");
    expect(await settled(name, plan, answer)).toMatchObject({ outcome: "healthy" });
    await healthy();
  });

  test("stuck-pod: delete_pod is tried without deleting, sent, found to have landed, and heals", async () => {
    await sandbox.break("stuck-pod");
    const given = { namespace: "shop", pod: await podOf("shop", "web", false) };
    const plan = await sealed("delete_pod", given);
    expect(plan.subject).toBe("sandbox/shop/Deployment/web");
    expect(await policy.dryRunner.dryRun(plan.request)).toMatchObject({ status: 200 });
    expect(await named("delete_pod").landed(plan, executor.reader)).toBe("no");
    const answer = await executor.sender.send(plan.request, 5_000);
    expect(await named("delete_pod").landed(plan, executor.reader)).toBe("yes");
    expect(await settled("delete_pod", plan, answer)).toMatchObject({
      outcome: "healthy",
      says:
        "The pod is replaced; 3 of 3 pods of ReplicaSet " +
        plan.facts.find((fact) => fact.name === "controller")?.value.split("/")[1] +
        " serve.",
    });
    await healthy();
  });

  test("node-not-ready: cordon_node is planned with the way back, and both directions land", async () => {
    await sandbox.break("node-not-ready");
    const plan = await sealed("cordon_node", { node: "node-3" });
    expect(plan.now).toMatch(/^node node-3 is open to new pods; Ready=Unknown since /);
    expect(await policy.dryRunner.dryRun(plan.request)).toMatchObject({ status: 200 });
    expect(await named("cordon_node").landed(plan, admin.reader)).toBe("no");
    const answer = await admin.sender.send(plan.request, 5_000);
    expect(await named("cordon_node").landed(plan, admin.reader)).toBe("yes");
    expect(await settled("cordon_node", plan, answer)).toMatchObject({ outcome: "healthy" });
    expect(await named("cordon_node").plan(policy.reader, { node: "node-3" }, WORLD)).toMatchObject({
      rule: "node-already-cordoned",
    });
    const back = await sealed("uncordon_node", { node: "node-3" });
    await admin.sender.send(back.request, 5_000);
    expect(await named("uncordon_node").landed(back, admin.reader)).toBe("yes");
    expect(await named("uncordon_node").plan(policy.reader, { node: "node-3" }, WORLD)).toMatchObject({
      rule: "node-not-cordoned",
    });
  });

  test("the back-out of a rollback is an action that brings the replaced template back", async () => {
    await sandbox.break("bad-rollout");
    const plan = await sealed("rollback_deployment", { namespace: "payments", deployment: "api" });
    await settled("rollback_deployment", plan, await executor.sender.send(plan.request, 5_000));
    const undo = Object.fromEntries((plan.backOut.action?.arguments ?? []).map(({ name, value }) => [name, value]));
    const back = await sealed(plan.backOut.action?.action ?? "", undo);
    expect(sealedValue(back.request, "replace", TEMPLATE)).toEqual(sealedValue(plan.request, "test", TEMPLATE));
    expect((await executor.sender.send(back.request, 5_000)).status).toBe(200);
    expect(await named("rollback_deployment").landed(back, executor.reader)).toBe("yes");
  });
});

describe("after the plan", () => {
  const WEB = { namespace: "shop", deployment: "web" };
  const patch = (path: string, body: unknown) =>
    admin.sender.send(
      { verb: "PATCH", path, contentType: "application/merge-patch+json", body: Buffer.from(JSON.stringify(body)) },
      5_000,
    );
  const deployment = "/apis/apps/v1/namespaces/shop/deployments/web";

  test.each(["rollback_deployment", "restart_deployment"])(
    "%s is refused by the API server where somebody changed the template, and it did not land",
    async (name) => {
      const plan = await sealed(name, WEB);
      expect(
        (await patch(deployment, { spec: { template: { metadata: { annotations: { touched: "yes" } } } } })).status,
      ).toBe(200);
      const answer = await executor.sender.send(plan.request, 5_000);
      expect(preconditionFailed(answer), answer.says).toBe(true);
      expect(await named(name).landed(plan, executor.reader)).toBe("cannot-tell");
    },
  );

  test.each(["rollback_deployment", "restart_deployment"])(
    "%s goes through where only the number of replicas moved",
    async (name) => {
      const plan = await sealed(name, WEB);
      expect((await patch(deployment, { spec: { replicas: 4 } })).status).toBe(200);
      expect(await executor.sender.send(plan.request, 5_000)).toMatchObject({ status: 200 });
    },
  );

  test("a second sending is refused: the sealed before no longer holds", async () => {
    const plan = await sealed("rollback_deployment", WEB);
    await executor.sender.send(plan.request, 5_000);
    expect(preconditionFailed(await executor.sender.send(plan.request, 5_000))).toBe(true);
  });

  test("a paused rollout refuses both the plan and what was sealed before", async () => {
    const plan = await sealed("restart_deployment", WEB);
    await patch(deployment, { spec: { paused: true } });
    expect(preconditionFailed(await executor.sender.send(plan.request, 5_000))).toBe(true);
    expect(await named("restart_deployment").plan(policy.reader, WEB, WORLD)).toMatchObject({ rule: "rollout-paused" });
  });

  test("a pod that was replaced is not deleted in the place of the one that was meant", async () => {
    const pod = await podOf("shop", "web", true);
    const plan = await sealed("delete_pod", { namespace: "shop", pod });
    const other = {
      ...plan.request,
      body: Buffer.from(JSON.stringify({ preconditions: { uid: "11111111-2222-3333-4444-555555555555" } })),
    };
    expect(preconditionFailed(await executor.sender.send(other, 5_000))).toBe(true);
    expect(await named("delete_pod").landed(plan, executor.reader)).toBe("no");
  });

  test("what policy may try it may not do", async () => {
    const plan = await sealed("restart_deployment", WEB);
    expect(await policy.sender.send(plan.request, 5_000)).toMatchObject({ status: 403 });
  });
});

describe("the RBAC rules of an action", () => {
  test.each([
    ["rollback_deployment", { namespace: "shop", deployment: "web" }],
    ["restart_deployment", { namespace: "shop", deployment: "web" }],
    ["delete_pod", { namespace: "shop", pod: "" }],
    ["cordon_node", { node: "node-1" }],
  ])("are all that %s uses, and no more, but for a StatefulSet's or DaemonSet's pod", async (name, given) => {
    const arguments_ = name === "delete_pod" ? { ...given, pod: await podOf("shop", "web", true) } : given;
    const from = sandbox.requests().length;
    const plan = await sealed(name, arguments_);
    const answer = await admin.sender.send(plan.request, 5_000);
    await named(name).landed(plan, admin.reader);
    await named(name).verify(plan, admin.reader, answer, WORLD);
    const used = new Set(
      sandbox
        .requests()
        .slice(from)
        .map(({ method, path }) => ruleOf(method, path)),
    );
    const declared = named(name).rbac.flatMap(({ resource, verbs }) => verbs.map((verb) => `${verb} ${resource}`));
    expect([...used].toSorted()).toEqual(declared.filter((each) => !/statefulsets|daemonsets/.test(each)).toSorted());
  });

  function ruleOf(method: string, path: string): string {
    const [, resource, name] =
      /\/(?:namespaces\/[^/]+\/)?([a-z]+)(?:\/([^/?]+))?(?:\?.*)?$/.exec(
        path.replace(/^\/(?:api|apis\/[^/]+)\/v[0-9]+/, ""),
      ) ?? [];
    return `${method === "GET" ? (name ? "get" : "list") : method.toLowerCase()} ${resource}`;
  }
});
