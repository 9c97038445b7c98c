import { describe, expect, test } from "vitest";
import { openCluster } from "./cluster.ts";
import { REVISION_HASH } from "./controllers/revisions.ts";
import type { Fate } from "./fates.ts";
import type { DaemonSet, Pod, PodTemplate, StatefulSet } from "./kinds.ts";

/** StatefulSets and DaemonSets, by the rounds of their controllers and a clock that the test moves. */

const BROKEN: Fate = { kind: "no-image", message: "manifest unknown" };
const LABELS = { app: "db" };

function template(image: string): PodTemplate {
  return { metadata: { labels: LABELS }, spec: { containers: [{ name: "db", image }], nodeSelector: { pool: "dev" } } };
}

function opened() {
  let now = Date.parse("2026-11-22T03:00:00Z");
  const cluster = openCluster({ file: undefined, now: () => now, scenarios: [] });
  const { store, hidden } = cluster.world;
  hidden.images["db:bad"] = BROKEN;
  const rounds = (count: number) => {
    for (let n = 0; n < count; n += 1) {
      now += 250;
      cluster.round();
    }
  };
  const pods = () => store.list("pods", "shop").filter((pod) => pod.metadata.labels?.["app"] === "db");
  const revisions = () =>
    store
      .list("controllerrevisions", "shop")
      .map(({ metadata, revision, data }) => ({ name: metadata.name, revision, template: data.spec.template }))
      .sort((a, b) => a.revision - b.revision);
  return { store, rounds, pods, revisions };
}

type Opened = ReturnType<typeof opened>;

function statefulSet({ store }: Opened, spec: Partial<StatefulSet["spec"]> = {}) {
  const whole = { replicas: 3, selector: { matchLabels: LABELS }, template: template("db:1"), ...spec };
  store.create("statefulsets", { metadata: { name: "db", namespace: "shop" }, spec: whole, status: {} });
}

function theSet({ store }: Opened): StatefulSet {
  const found = store.get("statefulsets", "shop", "db");
  if (found === undefined) throw new Error("no such StatefulSet");
  return found;
}

function release(at: Opened, image: string): void {
  at.store.update("statefulsets", theSet(at), (draft) => {
    draft.spec.template = template(image);
    draft.metadata.generation = (draft.metadata.generation ?? 1) + 1;
  });
}

const imageOf = (pod: Pod | undefined) => pod?.spec.containers[0]?.image ?? "";
const isReady = (pod: Pod) => pod.status.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;
const named = (pods: Pod[], name: string) => pods.find((pod) => pod.metadata.name === name);

describe("a StatefulSet", () => {
  test("starts its pods in order, each when the one before it serves", () => {
    const at = opened();
    statefulSet(at);
    const seen: number[] = [];
    for (let n = 0; n < 30; n += 1) {
      at.rounds(1);
      const pods = at.pods();
      expect(pods.slice(0, -1).every(isReady)).toBe(true);
      seen.push(pods.length);
    }
    expect([...new Set(seen)]).toEqual([1, 2, 3]);
    expect(at.pods().map((pod) => pod.metadata.name)).toEqual(["db-0", "db-1", "db-2"]);
    expect(theSet(at).status).toMatchObject({
      replicas: 3,
      readyReplicas: 3,
      updatedReplicas: 3,
      observedGeneration: 1,
    });
  });

  test("replaces its pods from the last to the first, and then its present revision is the new one", () => {
    const at = opened();
    statefulSet(at);
    at.rounds(30);
    release(at, "db:2");
    at.rounds(1);
    const { currentRevision, updateRevision } = theSet(at).status;
    expect(updateRevision).not.toBe(currentRevision);
    const order: string[] = [];
    for (let n = 0; n < 40; n += 1) {
      at.rounds(1);
      for (const pod of at.pods())
        if (imageOf(pod) === "db:2" && !order.includes(pod.metadata.name)) order.push(pod.metadata.name);
    }
    expect(order).toEqual(["db-2", "db-1", "db-0"]);
    expect(theSet(at).status).toMatchObject({ currentRevision: updateRevision, updateRevision });
    expect(at.pods().every((pod) => pod.metadata.labels?.[REVISION_HASH] === updateRevision)).toBe(true);
  });

  test("in order stays stuck on a broken pod after its template is back, until the pod is deleted", () => {
    const at = opened();
    statefulSet(at, { podManagementPolicy: "OrderedReady" });
    at.rounds(30);
    release(at, "db:bad");
    at.rounds(20);
    release(at, "db:1");
    at.rounds(40);
    expect(theSet(at).status).toMatchObject({ readyReplicas: 2 });
    expect(theSet(at).status.currentRevision).toBe(theSet(at).status.updateRevision);
    const broken = named(at.pods(), "db-2");
    expect(imageOf(broken)).toBe("db:bad");
    if (broken !== undefined) at.store.remove("pods", broken);
    at.rounds(20);
    expect(imageOf(named(at.pods(), "db-2"))).toBe("db:1");
    expect(theSet(at).status).toMatchObject({ readyReplicas: 3 });
  });

  test("in parallel heals by itself when its template is back", () => {
    const at = opened();
    statefulSet(at, { podManagementPolicy: "Parallel" });
    at.rounds(20);
    release(at, "db:bad");
    at.rounds(20);
    release(at, "db:1");
    at.rounds(20);
    expect(theSet(at).status).toMatchObject({ readyReplicas: 3 });
  });

  test("holds back the pods below its partition, and makes those anew from the old template", () => {
    const at = opened();
    statefulSet(at, { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } });
    at.rounds(30);
    release(at, "db:2");
    at.rounds(20);
    const first = named(at.pods(), "db-0");
    if (first !== undefined) at.store.remove("pods", first);
    at.rounds(20);
    expect(at.pods().map(imageOf).toSorted()).toEqual(["db:1", "db:1", "db:2"]);
    expect(imageOf(named(at.pods(), "db-2"))).toBe("db:2");
  });

  test("keeps what it was, and gives a template that comes back the next number", () => {
    const at = opened();
    statefulSet(at);
    at.rounds(2);
    release(at, "db:2");
    at.rounds(2);
    const [first, second] = at.revisions();
    expect(first).toMatchObject({ revision: 1, template: { ...template("db:1"), $patch: "replace" } });
    release(at, "db:1");
    at.rounds(2);
    expect(at.revisions().map(({ name, revision }) => [name, revision])).toEqual([
      [second?.name, 2],
      [first?.name, 3],
    ]);
  });

  test("stops its last pods first where it is to have fewer, and leaves nothing behind when it goes", () => {
    const at = opened();
    statefulSet(at);
    at.rounds(30);
    at.store.update("statefulsets", theSet(at), (draft) => {
      draft.spec.replicas = 1;
    });
    at.rounds(10);
    expect(at.pods().map((pod) => pod.metadata.name)).toEqual(["db-0"]);
    at.store.remove("statefulsets", theSet(at));
    at.rounds(5);
    expect([at.pods(), at.revisions()]).toEqual([[], []]);
  });
});

describe("a DaemonSet", () => {
  const daemonSet = ({ store }: Opened, strategy: DaemonSet["spec"]["updateStrategy"] = { type: "RollingUpdate" }) => {
    const spec = { selector: { matchLabels: LABELS }, template: template("db:1"), updateStrategy: strategy };
    store.create("daemonsets", { metadata: { name: "db", namespace: "shop" }, spec, status: {} });
  };
  const its = ({ store }: Opened): DaemonSet => {
    const found = store.get("daemonsets", "shop", "db");
    if (found === undefined) throw new Error("no such DaemonSet");
    return found;
  };
  const put = (at: Opened, image: string) =>
    at.store.update("daemonsets", its(at), (draft) => {
      draft.spec.template = template(image);
    });

  test("has a pod on every node that it selects, a cordoned one as well", () => {
    const at = opened();
    const node = at.store.get("nodes", undefined, "node-1");
    if (node !== undefined) at.store.update("nodes", node, (draft) => void (draft.spec.unschedulable = true));
    daemonSet(at);
    at.rounds(10);
    expect(
      at
        .pods()
        .map((pod) => pod.spec.nodeName ?? "")
        .toSorted(),
    ).toEqual(["node-1", "node-2"]);
    expect(its(at).status).toMatchObject({
      desiredNumberScheduled: 2,
      updatedNumberScheduled: 2,
      numberAvailable: 2,
      numberReady: 2,
    });
  });

  test("replaces one at a time, and waits for one that cannot start", () => {
    const at = opened();
    daemonSet(at);
    at.rounds(10);
    put(at, "db:bad");
    at.rounds(20);
    expect(at.pods().map(imageOf).toSorted()).toEqual(["db:1", "db:bad"]);
    put(at, "db:2");
    at.rounds(20);
    expect(at.pods().map(imageOf)).toEqual(["db:2", "db:2"]);
    expect(at.pods().every(isReady)).toBe(true);
  });

  test("of strategy OnDelete replaces what somebody deletes", () => {
    const at = opened();
    daemonSet(at, { type: "OnDelete" });
    at.rounds(10);
    put(at, "db:2");
    at.rounds(10);
    const [first] = at.pods();
    if (first !== undefined) at.store.remove("pods", first);
    at.rounds(10);
    expect(at.pods().map(imageOf).toSorted()).toEqual(["db:1", "db:2"]);
  });
});
