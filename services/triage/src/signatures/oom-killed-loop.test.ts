import { describe, expect, test } from "vitest";
import { crashLoop, factsOf, pods } from "../testing-facts.ts";
import { GONE, names, NEW, OLD, only, remedy, ROLLBACK } from "../testing-signatures.ts";

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
