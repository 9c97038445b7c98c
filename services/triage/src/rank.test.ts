import { describe, expect, test } from "vitest";
import { ranked } from "./rank.ts";
import type { Found, Rank } from "./signature.ts";
import { aNode, crashLoop, factsOf, noImage, pods, unready } from "./testing-facts.ts";
import { found, GONE, names, NEW, OLD, only, remedy, ROLLBACK, shown } from "./testing-signatures.ts";

const UNREACHABLE = 'msg="dial tcp redis.shop.svc:6379: connect: connection refused"';
const SHARED = new Set(["redis.shop.svc:6379"]);

function aFinding(signature: string, rank: Rank, explains: number, order = 5): Found {
  return {
    signature,
    rank,
    order,
    explains: Array.from({ length: explains }, (_, index) => `pod-${index}`),
    subject: { cluster: "sandbox", namespace: "payments", kind: "Deployment", name: "api", uid: null },
    says: signature,
    confidence: 80,
    evidence: [],
    remedy: undefined,
  };
}

const order = (...findings: readonly Found[]) => ranked(findings).map(({ signature }) => signature);

describe("which finding is acted on first", () => {
  test("a release that alone fails beats everything, however many pods another explains", () => {
    expect(
      order(aFinding("other", "other", 9), aFinding("node", "node", 9), aFinding("release", "release", 1)),
    ).toEqual(["release", "node", "other"]);
  });

  test("of two rows that match, the one that explains more pods; the other is reported", () => {
    expect(order(aFinding("few", "other", 1, 1), aFinding("many", "other", 4, 9))).toEqual(["many", "few"]);
  });

  test("for the same pods: what cannot be pulled, what crashes, what waits for a place, then the rest", () => {
    expect(
      order(aFinding("rest", "other", 1, 5), aFinding("pull", "other", 1, 1), aFinding("crash", "other", 1, 2)),
    ).toEqual(["pull", "crash", "rest"]);
  });

  test("the order does not depend on the order in which they came", () => {
    const findings = [aFinding("a", "other", 1), aFinding("b", "other", 1), aFinding("c", "node", 1)];
    expect(order(...findings)).toEqual(order(...findings.toReversed()));
  });
});

describe("the rules of confidence, on live facts", () => {
  test("where a release fails and a node is under pressure, the release comes first and the node is reported", () => {
    const facts = factsOf({
      releases: [{ ...NEW, pods: pods("new", 2, crashLoop(18), "node-3") }, OLD],
      nodes: [aNode("node-3", { type: "MemoryPressure", status: "True" })],
    });
    expect(names(facts)).toEqual(["crash-after-a-release", "node-not-ready"]);
    expect(remedy(facts)).toEqual(ROLLBACK);
  });

  test("pods that fail on one node that is not ready: the node is the subject, and no pod is", () => {
    const facts = factsOf({
      releases: [{ ...OLD, pods: [...pods("ok", 2), ...pods("sick", 2, unready(10), "node-3")] }],
      nodes: [aNode("node-3", { type: "Ready", status: "Unknown" })],
    });
    expect(found(facts).map(({ rank, subject }) => [rank, subject.kind])).toEqual([["node", "Node"]]);
  });

  test("two images that cannot be pulled are two failures: the one of most pods is judged", () => {
    const absent = noImage("manifest unknown: not found");
    const other = { ...absent, status: { ...absent.status, image: "acme/sidecar:1" } };
    const facts = factsOf({
      releases: [{ ...NEW, pods: [...pods("one", 1, other), ...pods("most", 2, absent)] }, OLD],
    });
    expect(only(facts).explains).toEqual(["most-0", "most-1"]);
    expect(shown(facts)).toContain("acme/api:2.41.0");
  });

  test("a release was created before the first failure, or it is not to blame: nothing is rolled back", () => {
    const facts = factsOf({ releases: [{ ...NEW, ageMinutes: 5, pods: pods("new", 2, crashLoop(30)) }, OLD] });
    expect(found(facts).map((finding) => finding.remedy)).toEqual([]);
  });

  test("what several workloads cannot reach: no action, and the finding says why", () => {
    const facts = factsOf({
      releases: [{ ...NEW, ageMinutes: 9_000, pods: pods("api", 3, crashLoop(12)) }, GONE],
      log: UNREACHABLE,
    });
    expect(remedy(facts)).toMatchObject({ action: "restart_deployment" });
    const shared = { ...facts, sharedDependencies: SHARED };
    expect(remedy(shared)).toBeUndefined();
    expect(shown(shared)).toContain("other workloads cannot reach redis.shop.svc:6379 either");
  });

  test("a release that alone fails is rolled back all the same: it may be what fails to reach it", () => {
    const facts = factsOf({
      releases: [{ ...NEW, pods: pods("new", 2, crashLoop(18)) }, OLD],
      log: UNREACHABLE,
      sharedDependencies: SHARED,
    });
    expect(remedy(facts)).toEqual(ROLLBACK);
  });
});
