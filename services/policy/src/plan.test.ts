import { catalogue } from "@holdfast/actions";
import { ForbiddenError, type Answer, type ClusterReader } from "@holdfast/cluster";
import { openInventory } from "@holdfast/guard";
import { nameValues, type SealedRequest } from "@holdfast/schemas";
import { sample } from "@holdfast/schemas/testing";
import { describe, expect, test } from "vitest";
import { plan, type Planned, type Planner } from "./plan.ts";
import { draftOf } from "./testing.ts";

const { plan: sealed } = sample("proposals.allowed", "rollback");
const inventory = openInventory(
  "clusters:\n  sandbox:\n    simulated: true\n    namespaces: { payments: dev, prod-shop: prod }\n",
);
const signal = new AbortController().signal;

/** A rollback whose live object was read already: what is tested is what the planner makes of it. */
function planner({
  body = "[]",
  says = async (): Promise<Answer> => ({ status: 200, says: "OK", object: undefined }),
  reads = async (): Promise<void> => undefined,
  ...changed
}: Partial<Planner> & {
  readonly body?: string;
  readonly says?: (request: SealedRequest) => Promise<Answer>;
  readonly reads?: () => Promise<void>;
} = {}): Planner {
  const { subject, podsAffected, pods, request, now, touches, backOut, notUndone, owner, facts } = sealed;
  const target = { ...sealed.target, uid: sealed.target.uid ?? "" };
  const change = {
    target,
    subject,
    podsAffected,
    pods,
    request: { ...request, body: Buffer.from(body) },
    before: {},
    after: {},
    now,
    touches,
    backOut,
    notUndone,
    owner,
    facts,
  };
  const planned = [...catalogue].map(
    ([name, action]) =>
      [name, { ...action, plan: async () => (await reads(), { outcome: "planned", change } as const) }] as const,
  );
  return {
    cluster: "sandbox",
    catalogue: new Map(planned),
    reader: {} as unknown as ClusterReader,
    dryRunner: { dryRun: says },
    users: async () => "not known",
    environmentOf: inventory.environmentOf,
    requestBytesMax: 100,
    now: () => new Date(sealed.plannedAt),
    ...changed,
  };
}

const rulesOf = (planned: Planned): readonly string[] =>
  planned.outcome === "refused" ? planned.rulings.map(({ rule }) => rule) : [];
const answering = (status: number): Partial<Planner> & { readonly says: () => Promise<Answer> } => ({
  says: async () => ({ status, says: `the server says ${status}`, object: undefined }),
});
const { event: draft } = draftOf();

test("of a draft only the action and its arguments are read: what else it claims decides nothing", async () => {
  const lying = { ...draft, target: { ...draft.target, cluster: "elsewhere", namespace: "prod-shop", name: "other" } };
  const planned = await plan(planner(), lying, signal);
  expect(planned).toMatchObject({
    outcome: "planned",
    place: { environment: "dev", scope: "workload", target: sealed.target },
    plan: { environment: "dev", dryRun: "passed", reversible: true },
  });
});

describe("the place of a plan is the strictest that it may be", () => {
  test("a namespace that nobody listed is production", async () => {
    const unlisted = { ...draft, arguments: nameValues({ namespace: "unheard-of", deployment: "api" }) };
    expect((await plan(planner(), unlisted, signal)).place.environment).toBe("prod");
  });
  test("what is cluster-wide has the strictest environment of its cluster", async () => {
    const node = { ...draft, action: "cordon_node", arguments: nameValues({ node: "node-1" }) };
    expect((await plan(planner(), node, signal)).place).toMatchObject({ environment: "prod", scope: "cluster" });
  });
  test("what cannot be placed is cluster-wide in production", async () => {
    for (const strange of [
      { ...draft, action: "delete_namespace" },
      { ...draft, arguments: [] },
    ])
      expect((await plan(planner(), strange, signal)).place).toMatchObject({ environment: "prod", scope: "cluster" });
  });
});

describe("a draft is refused", () => {
  test("whose request has more bytes than may be sealed", async () => {
    expect(rulesOf(await plan(planner({ body: "x".repeat(100) }), draft, signal))).toEqual([]);
    expect(rulesOf(await plan(planner({ body: "x".repeat(101) }), draft, signal))).toEqual(["request-too-large"]);
  });
  describe("whose request holds a secret in plain text", () => {
    const value = "hunter2-and-more";
    const holding = { spec: { containers: [{ name: "api", env: [{ name: "DB_PASSWORD", value }] }] } };
    const plain = { spec: { containers: [{ name: "api", env: [{ name: "LOG_LEVEL", value: "info" }] }] } };
    const patch = (was: unknown, becomes: unknown): string =>
      JSON.stringify([
        { op: "test", path: "/spec/template", value: was },
        { op: "replace", path: "/spec/template", value: becomes },
      ]);
    const refusing = (body: string): Promise<Planned> =>
      plan(planner({ body, requestBytesMax: 10_000, says: async () => expect.fail("it was sent") }), draft, signal);

    test("in what it puts there, or in what it takes away, before anything is sent", async () => {
      for (const body of [patch(plain, holding), patch(holding, plain)])
        expect(rulesOf(await refusing(body))).toEqual(["secret-in-plan"]);
    });
    test("and says in which field, what to do and what to type by hand, and never the secret", async () => {
      const planned = await refusing(patch(holding, plain));
      expect(planned.plan).toBeNull();
      expect(JSON.stringify(planned)).not.toContain(value);
      expect(planned.outcome === "refused" && planned.rulings[0]?.reason).toBe(
        "The object holds a secret in plain text (spec.template.spec.containers[api].env[DB_PASSWORD].value), and a plan would write it into topics, the log and every screen. Move it into a Secret and refer to that (valueFrom.secretKeyRef). Until then do this by hand: kubectl -n payments rollout undo deployment api",
      );
    });
    test("but one that only refers to a Secret is planned", async () => {
      const valueFrom = { secretKeyRef: { name: "db", key: "password" } };
      const refers = { spec: { containers: [{ name: "api", env: [{ name: "DB_PASSWORD", valueFrom }] }] } };
      expect(
        (await plan(planner({ body: patch(plain, refers), requestBytesMax: 10_000 }), draft, signal)).outcome,
      ).toBe("planned");
    });
  });
  test("whose target policy may not read", async () => {
    const forbidden = async (): Promise<never> => Promise.reject(new ForbiddenError("policy may not read this"));
    expect(rulesOf(await plan(planner({ reads: forbidden }), draft, signal))).toEqual(["not-permitted"]);
  });
  test("that the API server refuses in a dry run, with its plan as far as it got", async () => {
    for (const status of [400, 403, 409, 422, 501]) {
      const planned = await plan(planner(answering(status)), draft, signal);
      expect(rulesOf(planned)).toEqual(["dry-run-refused"]);
      expect(planned.plan?.dryRunSays).toBe(`dry run refused: the server says ${status}`);
    }
  });
});

test("what the API server could not judge, and what could not be read, is asked again and never taken for an answer", async () => {
  for (const status of [500, 503, 504])
    await expect(plan(planner(answering(status)), draft, signal)).rejects.toThrow(/could not judge/);
  await expect(
    plan(planner({ reads: async () => Promise.reject(new Error("no route")) }), draft, signal),
  ).rejects.toThrow("no route");
});

test("where nothing can be dry-run, the plan says so", async () => {
  expect((await plan(planner({ dryRunner: undefined }), draft, signal)).plan).toMatchObject({
    dryRun: "not_run",
    dryRunSays: expect.stringMatching(/^not dry-run/),
  });
});
