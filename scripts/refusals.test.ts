import { expect, test } from "vitest";
import { listenForRefusals } from "./refusals.ts";

const broken = (part: string, because = "guard.cedar is broken. Repair it."): string =>
  `holdfast ${part} cannot start. ${because}`;

test("who refuses to start three times refuses for good, and all that say the same are named in one sentence", () => {
  const refusals = listenForRefusals();
  for (let tries = 0; tries < 2; tries += 1) expect(refusals.hear("policy", broken("policy"))).toBe(true);
  refusals.hear("executor", broken("executor"));
  expect(refusals.final()).toBeUndefined();
  refusals.hear("policy", broken("policy"));
  expect(refusals.final()).toBe("guard.cedar is broken. Repair it. Without that executor and policy cannot start.");
});

test("each cause stands on a line of its own", () => {
  const refusals = listenForRefusals();
  refusals.hear("triage", broken("triage", "There is no kubeconfig."));
  for (let tries = 0; tries < 3; tries += 1) refusals.hear("policy", broken("policy"));
  expect(refusals.final()?.split("\n")).toEqual([
    "There is no kubeconfig. Without that triage cannot start.",
    "guard.cedar is broken. Repair it. Without that policy cannot start.",
  ]);
});

test("who was ready once, and then refuses, is not given up", () => {
  const refusals = listenForRefusals();
  refusals.hear("policy", broken("policy"));
  refusals.isReady("policy");
  for (let tries = 0; tries < 5; tries += 1) expect(refusals.hear("policy", broken("policy"))).toBe(false);
  expect([refusals.refuses("policy"), refusals.final()]).toEqual([false, undefined]);
});

test("a line that only speaks of a failure is no refusal", () => {
  const refusals = listenForRefusals();
  expect(refusals.hear("policy", "the cluster does not answer")).toBe(false);
  expect(refusals.refuses("policy")).toBe(false);
});
