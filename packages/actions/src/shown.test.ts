import type { Plan } from "@holdfast/schemas";
import { describe, expect, test } from "vitest";
import { action as rollbackAction } from "./catalogue/rollback-deployment.ts";
import { clusterOf, deployment, planOf, pod, replicaSet, template, WORLD } from "./example-cluster.ts";
import { misshown } from "./shown.ts";

const OLD = template({ image: "shop/web:1", env: { LOG: "info" } });
const NEW = template({ image: "shop/web:2" });
const live = clusterOf([deployment(NEW), replicaSet(1, OLD), replicaSet(3, NEW), pod("web-a", 3, "crashing")]);

async function rollback(): Promise<Plan> {
  const planning = await rollbackAction.plan(live, { namespace: "shop", deployment: "web" }, WORLD);
  if (planning.outcome === "refused") throw new Error(planning.reason);
  return planOf(planning.change, rollbackAction.name);
}

const plan = await rollback();
const operations = JSON.parse(plan.request.body.toString()) as readonly Operation[];
type Operation = { readonly op: string; readonly path: string; readonly value: unknown };

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const sending = (body: unknown, changed: Partial<Plan["request"]> = {}): Plan => ({
  ...plan,
  request: { ...plan.request, body: json(body), ...changed },
});
const said = (bytes: Buffer, from: string, to: string): Buffer => Buffer.from(bytes.toString().replace(from, to));

const whyNot = (one: Plan): string => misshown(one) ?? "nothing speaks against it";

const DIFFERS = "what people saw is not what would be sent";

test("what the planner shows follows from the bytes that it seals", () => expect(misshown(plan)).toBeUndefined());

describe("what is shown is held against the bytes that would be sent", () => {
  test("another value after it", () =>
    expect(misshown({ ...plan, after: said(plan.after, "shop/web:1", "shop/web:9") })).toBe(DIFFERS));
  test("another value before it", () =>
    expect(misshown({ ...plan, before: said(plan.before, "shop/web:2", "shop/web:9") })).toBe(DIFFERS));
  test("a field that is sent and not shown", () => {
    const more = operations.map((each) =>
      each.op === "replace" ? { ...each, value: { ...OLD, spec: { ...OLD.spec, hostNetwork: true } } } : each,
    );
    expect(misshown(sending(more))).toBe(DIFFERS);
  });
  test("an operation beside the one that is shown", () => {
    const more = [...operations, { op: "replace", path: "/spec/paused", value: true }];
    expect(misshown(sending(more))).toBe(DIFFERS);
  });
  test("nothing at all", () => expect(misshown({ ...plan, before: json({}), after: json({}) })).toBe(DIFFERS));
});

describe("a request of which nobody can tell what it changes is refused", () => {
  test("what is not bound to the object that was shown", () => {
    expect(whyNot({ ...plan, target: { ...plan.target, uid: "d-2" } })).toMatch(/not bound to the object/);
    expect(whyNot(sending(operations.filter(({ path }) => path !== "/metadata/uid")))).toMatch(/not bound/);
  });
  test("what writes where it did not look", () => {
    expect(whyNot(sending(operations.filter(({ op, path }) => op !== "test" || path !== "/spec/template")))).toMatch(
      /writes what it did not test/,
    );
  });
  test("operations that Holdfast never makes", () => {
    for (const strange of [
      { op: "move", from: "/spec/template", path: "/spec/x" },
      { op: "remove", path: "/spec/template" },
      { op: "test", path: "/spec/template", value: NEW },
      null,
    ])
      expect(whyNot(sending([...operations, strange]))).toMatch(/^nobody can tell/);
  });
  test("a member that stands there twice, and another spelling of the same", () => {
    const body = plan.request.body.toString();
    for (const other of [body.replace('"op":"replace",', '"op":"replace","op":"replace",'), ` ${body}`, "no JSON", ""])
      expect(whyNot(sending([], { body: Buffer.from(other) }))).toMatch(/says something twice/);
  });
  test("another content type", () =>
    expect(whyNot(sending({ spec: {} }, { contentType: "application/merge-patch+json" }))).toMatch(/content type/));
});

describe("of a pod that goes", () => {
  const uid = "uid-web-a";
  const target = { cluster: "sandbox", namespace: "shop", kind: "Pod", name: "web-a", uid };
  const gone = { target, before: json({ metadata: { uid } }), after: json({ metadata: { uid: null } }) };
  const going = (verb: string, body: unknown): Plan => ({
    ...sending(body, { verb, contentType: "application/json" }),
    ...gone,
  });
  const evicted = {
    apiVersion: "policy/v1",
    kind: "Eviction",
    metadata: { name: "web-a", namespace: "shop" },
    deleteOptions: { preconditions: { uid } },
  };
  test("a plain deletion and a plain eviction are what they look like", () => {
    expect(misshown(going("DELETE", { preconditions: { uid } }))).toBeUndefined();
    expect(misshown(going("POST", evicted))).toBeUndefined();
  });
  test("a deletion that forces is none", () =>
    expect(whyNot(going("DELETE", { preconditions: { uid }, gracePeriodSeconds: 0 }))).toMatch(/plain deletion/));
  test("an eviction of another pod is none", () =>
    expect(whyNot(going("POST", { ...evicted, metadata: { name: "web-b", namespace: "shop" } }))).toMatch(
      /plain eviction/,
    ));
  test("without its uid neither is", () => {
    expect(whyNot(going("DELETE", {}))).toMatch(/plain deletion/);
    expect(whyNot(going("DELETE", { preconditions: { uid: "another" } }))).toMatch(/not bound/);
  });
});
