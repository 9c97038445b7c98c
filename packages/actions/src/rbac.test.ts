import { expect, test } from "vitest";
import { catalogue } from "./catalogue.ts";
import { rbac, rulesFor } from "./rbac.ts";

test("every action says what it needs, and nothing else is listed", () => {
  expect([...rbac.keys()]).toEqual([...catalogue.keys()]);
  expect([...rbac.values()].every((rules) => rules.length > 0)).toBe(true);
});

test.each([...rbac])("%s needs no wildcard, no Secret, and writes workloads by name alone", (_, rules) => {
  const text = JSON.stringify(rules);
  expect(text).not.toMatch(/\*|secrets|deletecollection|exec|bind|escalate|impersonate/);
  const unnamed = rules
    .filter((rule) => !rule.named)
    .flatMap(({ resource, verbs }) => verbs.map((verb) => `${verb} ${resource}`));
  const writes = unnamed.filter((each) => !/^(get|list) /.test(each));
  // A pod's name changes with the pod, so no rule can hold it.
  expect(writes.filter((each) => each !== "delete pods" && each !== "create pods/eviction")).toEqual([]);
});

test("the rules of several actions are joined, and a right on named objects is never widened to all", () => {
  expect(rulesFor(["delete_pod", "restart_deployment"])).toEqual([
    { group: "", resource: "pods", verbs: ["delete", "get", "list"], named: false },
    { group: "apps", resource: "daemonsets", verbs: ["get"], named: true },
    { group: "apps", resource: "deployments", verbs: ["get", "patch"], named: true },
    { group: "apps", resource: "replicasets", verbs: ["get", "list"], named: false },
    { group: "apps", resource: "statefulsets", verbs: ["get"], named: true },
  ]);
  expect(() => rulesFor(["delete_namespace"])).toThrow("no action delete_namespace");
});
