import { describe, expect, test } from "vitest";
import type { LiveFacts } from "../facts.ts";
import { factsOf, pods, read, unready } from "../testing-facts.ts";
import { names, OLD, only, remedy } from "../testing-signatures.ts";

const MESSAGE =
  'pods "api-57-x" is forbidden: exceeded quota: payments, requested: pods=1, used: pods=3, limited: pods=3';

/** Three of five replicas exist, as the quota allows. */
function facts({ message = MESSAGE, status = "True", wanted = 5, sick = 0 } = {}): LiveFacts {
  const of = factsOf({
    releases: [{ ...OLD, pods: [...pods("ok", 3 - sick), ...pods("sick", sick, unready(10))] }],
    conditions: [{ type: "ReplicaFailure", status, reason: "FailedCreate", message }],
  });
  const deployment = of.deployment && {
    ...of.deployment,
    of: { ...of.deployment.of, spec: { ...of.deployment.of.spec, replicas: wanted } },
  };
  return { ...of, deployment };
}

describe("a quota lets no more pods be created", () => {
  test("all that exist serve: scale down to what the quota holds", () => {
    expect(names(facts())).toEqual(["quota-exceeded"]);
    expect(remedy(facts())).toEqual({
      action: "scale_down",
      deployment: "api",
      namespace: "payments",
      replicas: "3",
    });
    expect(only(facts()).evidence[0]?.says).toBe("quota payments: requested pods=1, used pods=3, limited pods=3");
  });

  const autoscaled = {
    ...facts(),
    autoscalers: { of: [{ metadata: { name: "api" } }], ...read("kubectl -n payments get horizontalpodautoscalers") },
  };
  const steady = facts();
  const rolling = steady.deployment && {
    ...steady.deployment,
    of: { ...steady.deployment.of, status: { ...steady.deployment.of.status, updatedReplicas: 1 } },
  };
  test.for([
    ["an autoscaler would ask for more again", autoscaled],
    ["whether there is an autoscaler could not be read", { ...facts(), gaps: [{ query: "hpa", why: "403" }] }],
    ["one that exists does not serve", facts({ sick: 1 })],
    ["a release is under way", { ...steady, deployment: rolling }],
    ["fewer are wanted than exist", facts({ wanted: 3 })],
  ] as const)("reported, and nothing is proposed, when %s", ([, of]) => {
    expect(names(of)).toContain("quota-exceeded");
    expect(remedy(of)).toBeUndefined();
  });

  test.for([
    ["it is over", facts({ status: "False" })],
    ["something else refuses the pod", facts({ message: 'pods "x" is forbidden: violates PodSecurity "restricted"' })],
    ["nothing refuses it", factsOf({ releases: [OLD] })],
  ] as const)("not when %s", ([, of]) => {
    expect(names(of)).toEqual([]);
  });
});
