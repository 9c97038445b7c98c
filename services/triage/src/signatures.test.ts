import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { judge } from "./signatures.ts";
import { crashLoop, factsOf, pods, unready } from "./testing-facts.ts";
import { found, NEW, OLD, signatures } from "./testing-signatures.ts";

const KINDS = ["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "HorizontalPodAutoscaler", "Pod", "Node"];
const REMEDIES = {
  1: ["rollback_deployment"],
  2: ["rollback_deployment"],
  3: ["restart_deployment"],
  4: ["rollback_deployment"],
  5: ["rollback_deployment"],
  6: ["evict_pod", "delete_pod", "rollback_deployment"],
  7: ["rollback_deployment"],
  8: [],
  9: ["rollback_deployment"],
  10: ["rollback_deployment"],
  13: [],
  14: ["uncordon_node"],
  15: ["scale_down"],
  18: ["rollback_deployment", "pause_rollout"],
  19: ["resume_rollout"],
  21: ["rollback_statefulset", "delete_pod"],
  22: ["suspend_cronjob"],
  24: ["set_hpa_bounds"],
  28: ["cordon_node"],
};

describe("all signatures", () => {
  const released = factsOf({ releases: [{ ...NEW, pods: pods("new", 2, crashLoop(18)) }, OLD] });
  const crash = signatures.find(({ name }) => name === "crash-after-a-release");
  if (crash === undefined) throw new Error("no such signature");

  test("every remedy is one that the table of failures names for that row, and no two signatures share a row", () => {
    expect(Object.fromEntries(signatures.map(({ row, remedies }) => [row, remedies]))).toEqual(REMEDIES);
    expect(new Set(signatures.map(({ row }) => row)).size).toBe(signatures.length);
  });

  test("a finding that lifts a remedy from another row loses it", () => {
    expect(judge([{ ...crash, remedies: [] }], released, () => true)[0]?.remedy).toBeUndefined();
  });

  test("what is not in the catalogue is reported and never drafted; the next alternative is, where there is one", () => {
    const without = (...absent: readonly string[]) =>
      judge([{ ...crash, remedies: ["x", "rollback_deployment"] }], released, ({ action }) => !absent.includes(action));
    expect(without()[0]?.remedy?.action).toBe("rollback_deployment");
    const [reported] = without("rollback_deployment");
    expect(reported?.says).toContain("acme/api:2.41.0");
    expect(reported?.remedy).toBeUndefined();
    const stuck = factsOf({ releases: [{ ...OLD, pods: [...pods("ok", 2), ...pods("stuck", 1, unready(10))] }] });
    const actions = (absent: string) => found(stuck, ({ action }) => action !== absent)[0]?.remedy?.action;
    expect([actions(""), actions("evict_pod")]).toEqual(["evict_pod", "delete_pod"]);
  });

  test("adding one touches its own file and nothing else: no other source names it or imports it", () => {
    const folder = new URL("./signatures/", import.meta.url);
    const own = readdirSync(folder).filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"));
    expect(own.map((file) => file.slice(0, -".ts".length)).toSorted()).toEqual(
      signatures.map(({ name }) => name).toSorted(),
    );
    const isSource = (file: string) => file.endsWith(".ts") && !file.endsWith(".test.ts");
    const outside = readdirSync(new URL(".", import.meta.url)).filter(isSource);
    const texts = [
      ...outside.map((file) => [file, readFileSync(new URL(file, import.meta.url), "utf8")] as const),
      ...own.map((file) => [file, readFileSync(new URL(file, folder), "utf8")] as const),
    ];
    const naming = texts.flatMap(([file, text]) =>
      signatures.filter(({ name }) => file !== `${name}.ts` && text.includes(name)).map(({ name }) => [file, name]),
    );
    expect(texts.length).toBeGreaterThan(signatures.length + 10);
    expect(naming).toEqual([]);
  });

  test("judging twice gives the same", () => {
    expect(found(released)).toEqual(found(released));
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
      revisions: { ...facts.revisions, of: [{}, { metadata: {}, data: null }] },
      jobs: { ...facts.jobs, of: [{}, { spec: null, status: null }, { status: { conditions: null } }] },
      autoscalers: { ...facts.autoscalers, of: [{}, { spec: null, status: null }] },
      cordoned: { ...facts.cordoned, of: [{}] },
      deployment: { of: { spec: null, status: null }, query: "", readAt: 0 },
      object: { of: {}, query: "", readAt: 0 },
    };
    for (const kind of KINDS) expect([kind, found({ ...bare, target: { ...facts.target, kind } })]).toEqual([kind, []]);
  });
});
