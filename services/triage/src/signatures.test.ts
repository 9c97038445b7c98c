import { catalogue } from "@holdfast/actions";
import { recordOf } from "@holdfast/schemas";
import { describe, expect, test } from "vitest";
import type { LiveFacts } from "./facts.ts";
import { ranked } from "./rank.ts";
import type { Found } from "./signature.ts";
import { judge, loadSignatures } from "./signatures.ts";
import {
  aNode,
  crashLoop,
  factsOf,
  minutesAgo,
  noImage,
  NOW,
  pods,
  unready,
  type ReleasePlan,
} from "./testing-facts.ts";

const signatures = await loadSignatures();

const OLD: ReleasePlan = { revision: 57, ageMinutes: 9_000, image: "acme/api:2.40.3", pods: pods("old", 3) };
const NEW: ReleasePlan = { revision: 58, ageMinutes: 19, image: "acme/api:2.41.0", pods: [] };
const GONE: ReleasePlan = { ...OLD, pods: [] };
const ROLLBACK = { action: "rollback_deployment", deployment: "api", namespace: "payments", toTemplateOf: "api-57" };
const NOT_FOUND = 'Failed to pull image "acme/api:2.41.0": manifest unknown: not found';

function found(facts: LiveFacts): readonly Found[] {
  return ranked(judge(signatures, facts));
}

function names(facts: LiveFacts): readonly string[] {
  return found(facts).map(({ signature }) => signature);
}

function remedy(facts: LiveFacts): unknown {
  const call = found(facts)[0]?.remedy;
  return call && { action: call.action, ...recordOf(call.arguments) };
}

function only(facts: LiveFacts): Found {
  const [first, ...rest] = found(facts);
  expect(rest).toEqual([]);
  if (first === undefined) throw new Error("nothing was found");
  return first;
}

describe("crash after a release", () => {
  const released = factsOf({
    releases: [{ ...NEW, pods: pods("new", 2, crashLoop(18)) }, OLD],
    updated: 2,
    log: "starting\nFATAL: PAYMENTS_DSN is not set",
  });

  test("the new release crashes beside an old one that serves: roll back to the one that serves", () => {
    expect(names(released)).toEqual(["crash-after-a-release"]);
    expect(remedy(released)).toEqual(ROLLBACK);
    expect(only(released).confidence).toBe(95);
  });

  test("the evidence names both images, the crash, who is healthy, and the last words of the log as somebody else's", () => {
    const says = only(released)
      .evidence.map((quote) => quote.says)
      .join("\n");
    expect(says).toContain("acme/api:2.41.0");
    expect(says).toContain("acme/api:2.40.3");
    expect(says).toContain("3 of 3 pods of revision 57 are Ready; 2 of 2 of revision 58 fail");
    expect(only(released).evidence.find(({ source }) => source === "logs")).toMatchObject({
      says: "starting\nFATAL: PAYMENTS_DSN is not set",
      outsideWritable: true,
    });
  });

  test("of several releases before it, the one that serves is the one to go back to", () => {
    const bad = { ...NEW, revision: 59, ageMinutes: 5, image: "acme/api:2.41.1", pods: pods("newer", 2, crashLoop(4)) };
    expect(remedy(factsOf({ releases: [bad, NEW, OLD] }))).toEqual(ROLLBACK);
  });

  test("read in the moment between two crashes, while it runs, it is the same", () => {
    const { status, ...sick } = crashLoop(18);
    expect(
      remedy(
        factsOf({
          releases: [
            {
              ...NEW,
              pods: pods("new", 2, {
                ...sick,
                status: { ...status, state: { running: { startedAt: minutesAgo(0.2) } } },
              }),
            },
            OLD,
          ],
        }),
      ),
    ).toEqual(ROLLBACK);
    expect(
      remedy(
        factsOf({
          releases: [
            {
              ...NEW,
              pods: pods("new", 2, {
                ...sick,
                status: { ...status, state: { running: { startedAt: minutesAgo(9) } } },
              }),
            },
            OLD,
          ],
        }),
      ),
    ).toBeUndefined();
  });

  test("no old pod is left: the release is to blame for what failed soon after it, with less confidence", () => {
    const facts = factsOf({ releases: [{ ...NEW, pods: pods("new", 3, crashLoop(18)) }, GONE] });
    expect(remedy(facts)).toEqual(ROLLBACK);
    expect(only(facts).confidence).toBe(80);
  });

  test.for([
    [
      "no old pod is left and the first failure came days after the release",
      factsOf({ releases: [{ ...NEW, ageMinutes: 4_000, pods: pods("new", 3, crashLoop(18)) }, GONE] }),
    ],
    [
      "it crashed before the release was created",
      factsOf({ releases: [{ ...NEW, ageMinutes: 5, pods: pods("new", 2, crashLoop(30)) }, OLD] }),
    ],
    [
      "an old pod fails, too",
      factsOf({
        releases: [
          { ...NEW, pods: pods("new", 2, crashLoop(18)) },
          { ...OLD, pods: [...pods("old", 2), ...pods("sick", 1, crashLoop(18))] },
        ],
      }),
    ],
    [
      "an old pod is not ready",
      factsOf({
        releases: [
          { ...NEW, pods: pods("new", 2, crashLoop(18)) },
          { ...OLD, pods: [...pods("old", 2), ...pods("sick", 1, unready(10))] },
        ],
      }),
    ],
    ["there is no release to go back to", factsOf({ releases: [{ ...NEW, pods: pods("new", 2, crashLoop(18)) }] })],
    [
      "its pods end without a failure",
      factsOf({
        releases: [
          {
            ...NEW,
            pods: pods("new", 2, {
              status: {
                restartCount: 3,
                state: { waiting: { reason: "ContainerCreating" } },
                lastState: { terminated: { exitCode: 0 } },
              },
            }),
          },
          OLD,
        ],
      }),
    ],
    ["all is well", factsOf({ releases: [{ ...NEW, pods: pods("new", 3) }, GONE] })],
  ])("not when %s", ([, facts]) => {
    expect(names(facts as LiveFacts)).not.toContain("crash-after-a-release");
  });
});

describe("image not found", () => {
  const absent = (message: string, old = OLD): LiveFacts =>
    factsOf({ releases: [{ ...NEW, pods: pods("new", 1, noImage(message)) }, old] });

  test("the registry does not have it, as the event says: roll back", () => {
    expect(names(absent(NOT_FOUND))).toEqual(["image-not-found"]);
    expect(remedy(absent(NOT_FOUND))).toEqual(ROLLBACK);
    expect(only(absent(NOT_FOUND)).says).toContain("acme/api:2.41.0");
  });

  test.for([
    [
      "the registry refuses us",
      "pull access denied, repository does not exist or may require authorization: not found",
    ],
    ["the registry answers 403", 'failed to authorize: 403 Forbidden, "not found"'],
    ["the reason is another one", "net/http: TLS handshake timeout"],
  ])("not when %s", ([, message]) => {
    expect(names(absent(message ?? ""))).toEqual([]);
  });

  test("without an older release it is reported, and nothing is proposed", () => {
    const facts = factsOf({ releases: [{ ...NEW, pods: pods("new", 1, noImage(NOT_FOUND)) }] });
    expect(names(facts)).toEqual(["image-not-found"]);
    expect(remedy(facts)).toBeUndefined();
  });
});

describe("OOMKilled loop", () => {
  const oom = crashLoop(18, { exitCode: 137, reason: "OOMKilled", restarts: 3 });

  test("it began with the newest release: roll back, and not as a mere crash", () => {
    const facts = factsOf({ releases: [{ ...NEW, pods: pods("new", 1, oom) }, OLD] });
    expect(names(facts)).toEqual(["oom-killed-loop"]);
    expect(remedy(facts)).toEqual(ROLLBACK);
    expect(only(facts).evidence[0]?.says).toContain("256Mi");
  });

  test("without a release it is reported, and nothing is proposed", () => {
    const facts = factsOf({ releases: [{ ...NEW, ageMinutes: 9_000, pods: pods("new", 3, oom) }, GONE] });
    expect(names(facts)).toEqual(["oom-killed-loop"]);
    expect(remedy(facts)).toBeUndefined();
  });

  test.for([
    ["it happened once", crashLoop(18, { exitCode: 137, reason: "OOMKilled", restarts: 1 }), "256Mi"],
    ["the container has no limit, so it is the node that is full", oom, ""],
  ] as const)("not when %s", ([, sick, limit]) => {
    expect(names(factsOf({ releases: [{ ...NEW, pods: [{ name: "new-0", sick, limit }] }, OLD] }))).toEqual([]);
  });
});

describe("one pod not ready", () => {
  const stuck = (sick = unready(10)): LiveFacts =>
    factsOf({ releases: [{ ...OLD, pods: [...pods("ok", 2), ...pods("stuck", 1, sick)] }] });

  test("one of three runs and is not ready: delete that pod", () => {
    expect(names(stuck())).toEqual(["one-pod-not-ready"]);
    expect(remedy(stuck())).toEqual({ action: "delete_pod", namespace: "payments", pod: "stuck-0" });
    expect(only(stuck()).subject).toMatchObject({ kind: "Pod", name: "stuck-0", uid: "uid-stuck-0" });
    expect(only(stuck()).evidence.find(({ source }) => source === "events")).toMatchObject({ outsideWritable: true });
  });

  test.for([
    [
      "two are not ready",
      factsOf({ releases: [{ ...OLD, pods: [...pods("ok", 2), ...pods("stuck", 2, unready(10))] }] }),
    ],
    ["it is the only one", factsOf({ releases: [{ ...OLD, pods: pods("stuck", 1, unready(10)) }] })],
    ["it has just started", stuck(unready(0.3, { startedMinutes: 0.5 }))],
    ["it crashes", stuck(crashLoop(10))],
    ["a release is under way", factsOf({ releases: [{ ...NEW, pods: pods("new", 1, unready(10)) }, OLD] })],
    [
      "the controller has not updated all",
      factsOf({ releases: [{ ...OLD, pods: [...pods("ok", 2), ...pods("stuck", 1, unready(10))] }], updated: 2 }),
    ],
  ])("not when %s", ([, facts]) => {
    expect(names(facts as LiveFacts)).not.toContain("one-pod-not-ready");
  });

  test("its node is not ready: the node is the subject, not the pod", () => {
    const facts = factsOf({
      releases: [{ ...OLD, pods: [...pods("ok", 2), ...pods("stuck", 1, unready(10), "node-3")] }],
      nodes: [aNode("node-3", { type: "Ready", status: "Unknown" })],
    });
    expect(names(facts)).toEqual(["node-not-ready"]);
  });
});

describe("crash without a release", () => {
  const LOG = 'level=error msg="dial tcp redis.shop.svc:6379: connect: connection refused"';
  const RELEASES: readonly ReleasePlan[] = [{ ...NEW, ageMinutes: 9_000, pods: pods("api", 3, crashLoop(12)) }, GONE];

  test("all pods crash and say that something does not answer: restart once", () => {
    const facts = factsOf({ releases: RELEASES, log: LOG });
    expect(names(facts)).toEqual(["crash-without-a-release"]);
    expect(remedy(facts)).toEqual({ action: "restart_deployment", deployment: "api", namespace: "payments" });
  });

  test("restarted within a day: reported, and nothing is proposed", () => {
    const facts = factsOf({ releases: RELEASES, log: LOG, restartedAt: NOW - 3_600_000 });
    expect(names(facts)).toEqual(["crash-without-a-release"]);
    expect(remedy(facts)).toBeUndefined();
    expect(only(facts).says).toContain("once a day is enough");
  });

  test("another workload cannot reach the same address: reported, and nothing is proposed", () => {
    const facts = factsOf({ releases: RELEASES, log: LOG, sharedDependencies: new Set(["redis.shop.svc:6379"]) });
    expect(remedy(facts)).toBeUndefined();
    expect(only(facts).says).toContain("redis.shop.svc:6379");
  });

  test.for([
    [
      "some pods are well",
      factsOf({
        releases: [{ ...NEW, ageMinutes: 9_000, pods: [...pods("api", 2, crashLoop(12)), ...pods("ok", 1)] }, GONE],
        log: LOG,
      }),
    ],
    ["the log says nothing of the kind", factsOf({ releases: RELEASES, log: "panic: nil map" })],
    ["there is no log", factsOf({ releases: RELEASES })],
    [
      "the exit code is another",
      factsOf({
        releases: [{ ...NEW, ageMinutes: 9_000, pods: pods("api", 3, crashLoop(12, { exitCode: 127 })) }, GONE],
        log: LOG,
      }),
    ],
    [
      "a release came before it",
      factsOf({ releases: [{ ...NEW, pods: pods("api", 3, crashLoop(18)) }, GONE], log: LOG }),
    ],
  ])("not when %s", ([, facts]) => {
    expect(names(facts as LiveFacts)).not.toContain("crash-without-a-release");
  });
});

describe("node not ready", () => {
  const onNode = (trouble?: { readonly type: string; readonly status: string }, cordoned = false): LiveFacts => {
    const node = aNode("node-3", trouble, cordoned);
    const facts = factsOf({ releases: [{ ...OLD, pods: pods("on", 2, undefined, "node-3") }], nodes: [node] });
    return {
      ...facts,
      target: { cluster: "sandbox", namespace: null, kind: "Node", name: "node-3", uid: "uid-node-3" },
      deployment: undefined,
    };
  };

  test.for([
    { type: "Ready", status: "Unknown" },
    { type: "Ready", status: "False" },
    { type: "MemoryPressure", status: "True" },
  ])("$type=$status: cordon it", (trouble) => {
    expect(remedy(onNode(trouble))).toEqual({ action: "cordon_node", node: "node-3" });
    expect(only(onNode(trouble)).subject).toMatchObject({
      kind: "Node",
      namespace: null,
      name: "node-3",
      uid: "uid-node-3",
    });
  });

  test("already cordoned: reported, and nothing is proposed", () => {
    expect(names(onNode({ type: "Ready", status: "Unknown" }, true))).toEqual(["node-not-ready"]);
    expect(remedy(onNode({ type: "Ready", status: "Unknown" }, true))).toBeUndefined();
  });

  test("not when the node is well", () => {
    expect(names(onNode())).toEqual([]);
  });
});

describe("all signatures", () => {
  test("where a release fails and a node is under pressure, the release comes first and the node is reported", () => {
    const facts = factsOf({
      releases: [{ ...NEW, pods: pods("new", 2, crashLoop(18), "node-3") }, OLD],
      nodes: [aNode("node-3", { type: "MemoryPressure", status: "True" })],
    });
    expect(names(facts)).toEqual(["crash-after-a-release", "node-not-ready"]);
    expect(remedy(facts)).toEqual(ROLLBACK);
  });

  test("every remedy is an action of the catalogue, and no two signatures share a row", () => {
    expect(signatures.flatMap(({ remedies }) => remedies).filter((action) => !catalogue.has(action))).toEqual([]);
    expect(new Set(signatures.map(({ row }) => row)).size).toBe(signatures.length);
  });

  test("a finding that lifts a remedy from another row loses it", () => {
    const [signature] = signatures.filter(({ name }) => name === "crash-after-a-release");
    if (signature === undefined) throw new Error("no such signature");
    const facts = factsOf({ releases: [{ ...NEW, pods: pods("new", 2, crashLoop(18)) }, OLD] });
    expect(judge([{ ...signature, remedies: [] }], facts)[0]?.remedy).toBeUndefined();
  });

  test("judging twice gives the same", () => {
    const facts = factsOf({ releases: [{ ...NEW, pods: pods("new", 2, crashLoop(18)) }, OLD] });
    expect(found(facts)).toEqual(found(facts));
  });

  test("objects whose every field is missing or null are judged without a failure", () => {
    const facts = factsOf({ releases: [] });
    const bare = {
      ...facts,
      pods: {
        ...facts.pods,
        of: [{}, { metadata: { name: "x" }, status: { containerStatuses: null, conditions: null } }],
      },
      events: { ...facts.events, of: [{}] },
      nodes: { ...facts.nodes, of: [{}, { status: null }] },
      replicaSets: { ...facts.replicaSets, of: [{}] },
    };
    expect(found(bare)).toEqual([]);
  });
});
