import { openCluster, preconditionFailed } from "@holdfast/cluster";
import { openSandbox, type IdentityName, type Sandbox } from "@holdfast/sandbox";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sealedValue, TEMPLATE } from "./sealed-patch.ts";
import { named, NOW, stageOn, until, type Stage } from "./stage.ts";

/** Each action against the simulated cluster, over HTTP, with the credentials that the services have. */

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

const healthy = () => until(() => sandbox.status().healthy);

describe("from the plan to the healed cluster", () => {
  test.each([
    ["bad-rollout", "rollback_deployment", { namespace: "payments", deployment: "api" }],
    ["image-not-found", "rollback_deployment", { namespace: "shop", deployment: "cart" }],
    ["crash-without-release", "restart_deployment", { namespace: "shop", deployment: "cart" }],
  ])("%s: %s is tried, sent, found to have landed, and heals", async (scenario, name, given) => {
    expect(await sandbox.break(scenario)).toEqual({ outcome: "fired" });
    const plan = await stage.sealed(name, given);
    expect(await stage.policy.dryRunner.dryRun(plan.request)).toMatchObject({ status: 200 });
    expect(sandbox.writes()).toEqual([]);
    expect(await named(name).landed(plan, stage.executor.reader)).toBe("no");
    const answer = await stage.executor.sender.send(plan.request, 5_000);
    expect(answer.status, answer.says).toBe(200);
    expect(sandbox.writes().map((write) => write.body)).toEqual([plan.request.body.toString("utf8")]);
    expect(await named(name).landed(plan, stage.executor.reader)).toBe("yes");
    expect(await stage.settled(name, plan, answer)).toMatchObject({ outcome: "healthy" });
    await healthy();
  });

  test("stuck-pod: delete_pod is tried without deleting, sent, found to have landed, and heals", async () => {
    await sandbox.break("stuck-pod");
    const given = { namespace: "shop", pod: await stage.podOf("shop", "web", false) };
    const plan = await stage.sealed("delete_pod", given);
    expect(plan.subject).toBe("sandbox/shop/Deployment/web");
    expect(await stage.policy.dryRunner.dryRun(plan.request)).toMatchObject({ status: 200 });
    expect(await named("delete_pod").landed(plan, stage.executor.reader)).toBe("no");
    const answer = await stage.executor.sender.send(plan.request, 5_000);
    expect(await named("delete_pod").landed(plan, stage.executor.reader)).toBe("yes");
    expect(await stage.settled("delete_pod", plan, answer)).toMatchObject({
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
    const plan = await stage.sealed("cordon_node", { node: "node-3" });
    expect(plan.now).toMatch(/^node node-3 is open to new pods; Ready=Unknown since /);
    expect(await stage.policy.dryRunner.dryRun(plan.request)).toMatchObject({ status: 200 });
    expect(await named("cordon_node").landed(plan, stage.admin.reader)).toBe("no");
    const answer = await stage.admin.sender.send(plan.request, 5_000);
    expect(await named("cordon_node").landed(plan, stage.admin.reader)).toBe("yes");
    expect(await stage.settled("cordon_node", plan, answer)).toMatchObject({ outcome: "healthy" });
    expect(await named("cordon_node").plan(stage.policy.reader, { node: "node-3" }, NOW)).toMatchObject({
      rule: "node-already-cordoned",
    });
    const back = await stage.sealed("uncordon_node", { node: "node-3" });
    await stage.admin.sender.send(back.request, 5_000);
    expect(await named("uncordon_node").landed(back, stage.admin.reader)).toBe("yes");
    expect(await named("uncordon_node").plan(stage.policy.reader, { node: "node-3" }, NOW)).toMatchObject({
      rule: "node-not-cordoned",
    });
  });

  test("the back-out of a rollback is an action that brings the replaced template back", async () => {
    await sandbox.break("bad-rollout");
    const plan = await stage.sealed("rollback_deployment", { namespace: "payments", deployment: "api" });
    await stage.settled("rollback_deployment", plan, await stage.executor.sender.send(plan.request, 5_000));
    const undo = Object.fromEntries((plan.backOut.action?.arguments ?? []).map(({ name, value }) => [name, value]));
    const back = await stage.sealed(plan.backOut.action?.action ?? "", undo);
    expect(sealedValue(back.request, "replace", TEMPLATE)).toEqual(sealedValue(plan.request, "test", TEMPLATE));
    expect((await stage.executor.sender.send(back.request, 5_000)).status).toBe(200);
    expect(await named("rollback_deployment").landed(back, stage.executor.reader)).toBe("yes");
  });
});

describe("after the plan", () => {
  const WEB = { namespace: "shop", deployment: "web" };
  const deployment = "/apis/apps/v1/namespaces/shop/deployments/web";

  test.each(["rollback_deployment", "restart_deployment"])(
    "%s is refused by the API server where somebody changed the template, and it did not land",
    async (name) => {
      const plan = await stage.sealed(name, WEB);
      expect(
        (await stage.patch(deployment, { spec: { template: { metadata: { annotations: { touched: "yes" } } } } }))
          .status,
      ).toBe(200);
      const answer = await stage.executor.sender.send(plan.request, 5_000);
      expect(preconditionFailed(answer), answer.says).toBe(true);
      expect(await named(name).landed(plan, stage.executor.reader)).toBe("cannot-tell");
    },
  );

  test.each(["rollback_deployment", "restart_deployment"])(
    "%s goes through where only the number of replicas moved",
    async (name) => {
      const plan = await stage.sealed(name, WEB);
      expect((await stage.patch(deployment, { spec: { replicas: 4 } })).status).toBe(200);
      expect(await stage.executor.sender.send(plan.request, 5_000)).toMatchObject({ status: 200 });
    },
  );

  test("a second sending is refused: the sealed before no longer holds", async () => {
    const plan = await stage.sealed("rollback_deployment", WEB);
    await stage.executor.sender.send(plan.request, 5_000);
    expect(preconditionFailed(await stage.executor.sender.send(plan.request, 5_000))).toBe(true);
  });

  test("a paused rollout refuses both the plan and what was sealed before", async () => {
    const plan = await stage.sealed("restart_deployment", WEB);
    await stage.patch(deployment, { spec: { paused: true } });
    expect(preconditionFailed(await stage.executor.sender.send(plan.request, 5_000))).toBe(true);
    expect(await named("restart_deployment").plan(stage.policy.reader, WEB, NOW)).toMatchObject({
      rule: "rollout-paused",
    });
  });

  test("a pod that was replaced is not deleted in the place of the one that was meant", async () => {
    const pod = await stage.podOf("shop", "web", true);
    const plan = await stage.sealed("delete_pod", { namespace: "shop", pod });
    const other = {
      ...plan.request,
      body: Buffer.from(JSON.stringify({ preconditions: { uid: "11111111-2222-3333-4444-555555555555" } })),
    };
    expect(preconditionFailed(await stage.executor.sender.send(other, 5_000))).toBe(true);
    expect(await named("delete_pod").landed(plan, stage.executor.reader)).toBe("no");
  });

  test("what policy may try it may not do", async () => {
    const plan = await stage.sealed("restart_deployment", WEB);
    expect(await stage.policy.sender.send(plan.request, 5_000)).toMatchObject({ status: 403 });
  });
});
