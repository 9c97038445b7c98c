import { describe, expect, test } from "vitest";
import { factsOf, pods, unready } from "../testing-facts.ts";
import { names, OLD, remedy, shown } from "../testing-signatures.ts";
import { autoscalerFacts } from "../testing-workloads.ts";

describe("an autoscaler at its maximum", () => {
  test("it wants more than it may: half as many again", () => {
    expect(names(autoscalerFacts())).toEqual(["autoscaler-at-maximum"]);
    expect(remedy(autoscalerFacts())).toEqual({
      action: "set_hpa_bounds",
      hpa: "web",
      maxReplicas: "9",
      minReplicas: "2",
      namespace: "shop",
    });
  });

  test.for([2, 3, 7, 100])("from %i it is never more than doubled, and always more", (max) => {
    const asked = remedy(autoscalerFacts({ current: max, min: 1, max })) as { readonly maxReplicas: string };
    expect(Number(asked.maxReplicas)).toBeGreaterThan(max);
    expect(Number(asked.maxReplicas)).toBeLessThanOrEqual(2 * max);
  });

  test("the counts, the metric against its target and since when are shown", () => {
    expect(shown(autoscalerFacts())).toContain("maximum of 6 replicas for 25 min");
    expect(shown(autoscalerFacts())).toContain("current 6, min 2, max 6");
    expect(shown(autoscalerFacts())).toContain("its metrics: cpu 94 %; the targets: cpu 70 %");
  });

  test.for([
    [
      "its pods do not serve: more of them would not either",
      autoscalerFacts({ pods: factsOf({ releases: [{ ...OLD, pods: pods("web", 6, unready(10)) }] }).pods.of }),
    ],
    ["somebody has pinned it", autoscalerFacts({ min: 6 })],
  ] as const)("reported, and nothing is proposed, when %s", ([, facts]) => {
    expect(names(facts)).toEqual(["autoscaler-at-maximum"]);
    expect(remedy(facts)).toBeUndefined();
  });

  test.for([
    ["it has as many as it wants", autoscalerFacts({ limited: { status: "False", reason: "DesiredWithinRange" } })],
    ["it is held up from below", autoscalerFacts({ limited: { reason: "TooFewReplicas" } })],
    ["it has not reached it yet", autoscalerFacts({ current: 5 })],
  ] as const)("not when %s", ([, facts]) => {
    expect(names(facts)).toEqual([]);
  });
});
