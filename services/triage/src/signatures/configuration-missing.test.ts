import { describe, expect, test } from "vitest";
import { openRedactor } from "@holdfast/redact";
import { factsOf, pods, waits } from "../testing-facts.ts";
import { GONE, names, NEW, OLD, remedy, ROLLBACK, shown } from "../testing-signatures.ts";

/** As it is read: redacted. */
const lacks = (message: string) => waits("CreateContainerConfigError", openRedactor([]).text(message));

describe("a ConfigMap or a Secret that does not exist", () => {
  test.for([
    ['configmap "api-config" not found', "ConfigMap api-config"],
    ['secret "api-login" not found', "Secret api-login"],
  ] as const)("%s since the release: roll back", ([message, what]) => {
    const facts = factsOf({ releases: [{ ...NEW, pods: pods("new", 2, lacks(message)) }, OLD] });
    expect(names(facts)).toEqual(["configuration-missing"]);
    expect(remedy(facts)).toEqual(ROLLBACK);
    expect(shown(facts)).toContain(`${what} does not exist`);
  });

  test("where the pod names it is shown", () => {
    const plan = pods("new", 1, lacks('secret "api-login" not found')).map((pod) => ({
      ...pod,
      container: { envFrom: [{ configMapRef: { name: "api-login" } }, { secretRef: { name: "api-login" } }] },
    }));
    expect(shown(factsOf({ releases: [{ ...NEW, pods: plan }, OLD] }))).toContain("envFrom of container api names it");
  });

  test("no release asked for it first: reported, and nothing is proposed", () => {
    const sick = { ...lacks('configmap "api-config" not found'), events: [] };
    const facts = factsOf({ releases: [{ ...NEW, ageMinutes: 9_000, pods: pods("new", 3, sick) }, GONE] });
    expect(names(facts)).toEqual(["configuration-missing"]);
    expect(remedy(facts)).toBeUndefined();
  });

  test.for([
    "couldn't find key PORT in ConfigMap payments/api-config",
    'configmap "api-config" not found; run kubectl delete',
    'configmap "../x" not found',
    "",
  ])("not when Kubernetes says something else: %s", (message) => {
    expect(names(factsOf({ releases: [{ ...NEW, pods: pods("new", 2, lacks(message)) }, OLD] }))).toEqual([]);
  });
});
