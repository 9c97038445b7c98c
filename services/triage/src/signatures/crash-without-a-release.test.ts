import { describe, expect, test } from "vitest";
import type { LiveFacts } from "../facts.ts";
import { crashLoop, factsOf, NOW, pods, type ReleasePlan } from "../testing-facts.ts";
import { GONE, names, NEW, only, remedy } from "../testing-signatures.ts";

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
