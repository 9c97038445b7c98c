import { describe, expect, test } from "vitest";
import { openApprovers } from "@holdfast/guard";
import type { Plan } from "@holdfast/schemas";
import { sample, sealedEnvelope } from "@holdfast/schemas/testing";
import { ACT_MS_MAX, judge, type Fresh } from "./judge.ts";
import { bundleOf, codec, NOW, ownTables } from "./testing.ts";

const UID = "6a1f0f5e-7c1e-4c57-9a3b-2f5d9b8f1c10";
const fresh: Fresh = { now: NOW, readAt: NOW - 200, uid: UID };
const own = ownTables();
const why = (bundle = bundleOf(), tables = own, at = fresh): string => {
  const judged = judge(tables, bundle, at);
  return judged.outcome === "refuse" ? judged.why : "acts";
};

test("what policy allowed and the right person approved is acted on", () => expect(why()).toBe("acts"));

describe("a sealed value that is weaker than the executor's own refuses", () => {
  test("environment", () =>
    expect(
      why(
        bundleOf(),
        ownTables({ inventory: "clusters:\n  sandbox:\n    simulated: true\n    namespaces: { payments: prod }\n" }),
      ),
    ).toMatch(/planned for dev, and the inventory says prod/));
  test("an environment that this version does not know", () =>
    expect(why(bundleOf({ plan: { environment: "UNKNOWN" } }))).toMatch(/planned for UNKNOWN/));
  test("scope", () =>
    expect(why(bundleOf({ plan: { scope: "pod" } }))).toMatch(/scope pod, and the catalogue says workload/));
  test("reversibility", () => {
    const catalogue = new Map([...own.catalogue].map(([name, action]) => [name, { ...action, reversible: false }]));
    expect(why(bundleOf(), { ...own, catalogue })).toMatch(
      /planned as reversible, and the catalogue says that it is not/,
    );
  });
  test("tier, recomputed and not read", () =>
    expect(why(bundleOf({ allowed: { tier: "one_ack" } }))).toMatch(/approved at tier one-ack, and it needs typed/));
  test("quorum", () => expect(why(bundleOf({ allowed: { quorum: 2 } }))).toMatch(/1 of 1 people approved it|1 of 2/));
});

describe("the sealed request goes where its action goes, or nowhere", () => {
  const request = (changed: Partial<Plan["request"]>): Plan["request"] => ({
    ...bundleOf().allowed.plan.request,
    ...changed,
  });
  test("another path", () =>
    expect(why(bundleOf({ plan: { request: request({ path: "/api/v1/namespaces/payments" }) } }))).toMatch(
      /not where rollback_deployment goes/,
    ));
  test("another verb", () =>
    expect(why(bundleOf({ plan: { request: request({ verb: "DELETE" }) } }))).toMatch(
      /not where rollback_deployment goes/,
    ));
  test("another target than its arguments", () =>
    expect(why(bundleOf({ plan: { target: { ...bundleOf().allowed.plan.target, name: "web" } } }))).toMatch(
      /not the one that its arguments name/,
    ));
  test("another namespace than its arguments", () => {
    const both = ownTables({
      inventory: "clusters:\n  sandbox:\n    simulated: true\n    namespaces: { payments: dev, web: dev }\n",
    });
    expect(why(bundleOf({ plan: { target: { ...bundleOf().allowed.plan.target, namespace: "web" } } }), both)).toMatch(
      /not the one that its arguments name/,
    );
  });
  test("another kind than its arguments", () =>
    expect(why(bundleOf({ plan: { target: { ...bundleOf().allowed.plan.target, kind: "StatefulSet" } } }))).toMatch(
      /not the one that its arguments name/,
    ));
  test("another cluster", () =>
    expect(why(bundleOf(), { ...own, cluster: "prod-eu1" })).toMatch(/this executor acts on prod-eu1/));
  test("an argument that stands there twice", () => {
    const twice = [...bundleOf().allowed.plan.arguments, { name: "namespace", value: "prod-shop" }];
    expect(why(bundleOf({ plan: { arguments: twice } }))).toMatch(
      /its arguments are not what rollback_deployment takes/,
    );
  });
  test("arguments that the action does not take", () => {
    const named = (namespace: string, deployment: string): Plan["arguments"] => [
      { name: "namespace", value: namespace },
      { name: "deployment", value: deployment },
    ];
    for (const args of [[], named("payments", "api/../../secrets"), named("", "api")])
      expect(why(bundleOf({ plan: { arguments: args } }))).toMatch(
        /its arguments are not what rollback_deployment takes/,
      );
  });
  test("an action that the catalogue does not have", () =>
    expect(why(bundleOf({ plan: { action: "delete_namespace" } }))).toMatch(/no action called delete_namespace/));
});

describe("what people saw is what would be sent, or nothing is", () => {
  const { plan } = bundleOf().allowed;
  const said = (bytes: Buffer, from: string, to: string): Buffer => Buffer.from(bytes.toString().replace(from, to));
  test("another value after it than the one in the body", () =>
    expect(why(bundleOf({ plan: { after: said(plan.after, "2.40.3", "2.40.4") } }))).toBe(
      "what people saw is not what would be sent",
    ));
  test("another value before it than the one that the body tests", () =>
    expect(why(bundleOf({ plan: { before: said(plan.before, "2.41.0", "2.40.4") } }))).toBe(
      "what people saw is not what would be sent",
    ));
  test("a body that is bound to another object than the one that was shown", () => {
    const body = said(plan.request.body, UID, "6a1f0f5e-0000-4000-8000-000000000000");
    expect(why(bundleOf({ plan: { request: { ...plan.request, body } } }))).toMatch(/not bound to the object/);
  });
});

describe("time and drift", () => {
  test("at executeBy it is too late", () => {
    expect(why(bundleOf(), own, { ...fresh, now: NOW + 289_999, readAt: NOW + 289_999 })).toBe("acts");
    expect(why(bundleOf(), own, { ...fresh, now: NOW + 290_000, readAt: NOW + 290_000 })).toMatch(
      /its time to be carried out is over/,
    );
  });
  test("a target that is gone, or another object of the same name, refuses", () => {
    expect(why(bundleOf(), own, { ...fresh, uid: undefined })).toMatch(/is gone/);
    expect(why(bundleOf(), own, { ...fresh, uid: "another" })).toMatch(/another object now/);
  });
});

describe("the guard is asked again at execution", () => {
  const cordon = (): ReturnType<typeof bundleOf> =>
    bundleOf({
      allowed: { tier: "two_people", confirmText: "sandbox" },
      plan: {
        action: "cordon_node",
        arguments: [{ name: "node", value: "node-1" }],
        scope: "cluster",
        target: { cluster: "sandbox", namespace: null, kind: "Node", name: "node-1", uid: UID },
        request: {
          verb: "PATCH",
          path: "/api/v1/nodes/node-1?fieldManager=holdfast&fieldValidation=Strict",
          contentType: "application/json-patch+json",
          body: Buffer.from(
            JSON.stringify([
              { op: "test", path: "/metadata/uid", value: UID },
              { op: "test", path: "/spec/unschedulable", value: null },
              { op: "add", path: "/spec/unschedulable", value: true },
            ]),
          ),
        },
        before: Buffer.from('{"spec":{"unschedulable":null}}'),
        after: Buffer.from('{"spec":{"unschedulable":true}}'),
      },
      vote: { typed: "sandbox" },
    });
  const windowUntil = (to: string): string =>
    `windows:\n- name: night\n  selector: { cluster: sandbox }\n  absolute: [{ from: 2026-11-22T01:00:00Z, to: ${to} }]\nfreezes: []\n`;

  test("a window that closed after the approval refuses", () => {
    expect(why(cordon(), ownTables({ windows: windowUntil("2026-11-22T02:52:00Z") }))).toMatch(
      /allowed only inside a maintenance window/,
    );
    // with the window still open, what is missing is the second person
    expect(why(cordon(), ownTables({ windows: windowUntil("2026-11-22T04:00:00Z") }))).toMatch(
      /1 of 2 people approved it/,
    );
  });
  test("a change without a back-out refuses", () => {
    expect(
      why(bundleOf({ plan: { backOut: { kind: "UNKNOWN", command: null, action: null, because: null } } })),
    ).toMatch(/policy denies it now/);
  });
  test("a window that closes while the action may still be under way refuses", () => {
    const margin = 30_000;
    const until = (ms: number): string => windowUntil(new Date(NOW + margin + ms).toISOString().replace(".000", ""));
    expect(why(cordon(), ownTables({ windows: until(ACT_MS_MAX - 5_000) }))).toMatch(
      /only inside a maintenance window/,
    );
    expect(why(cordon(), ownTables({ windows: until(ACT_MS_MAX + 5_000) }))).toMatch(/1 of 2 people approved it/);
  });
  test("a freeze that began after the approval refuses", () => {
    const freeze =
      "windows: []\nfreezes:\n- name: year-end\n  selector: { env: dev }\n  absolute: [{ from: 2026-11-22T02:52:00Z, to: 2026-11-23T00:00:00Z }]\n";
    expect(why(bundleOf(), ownTables({ windows: freeze }))).toMatch(/A change freeze covers this target/);
  });
});

describe("every vote is held against the executor's own table of people", () => {
  const person = { issuer: "holdfast/static", subject: "alice", name: "alice", roles: ["oncall"], level: 1 };
  test("somebody who is not in it", () =>
    expect(why(bundleOf({ vote: { person: { ...person, subject: "mallory", name: "Mallory" } } }))).toMatch(
      /Mallory is not among the approvers/,
    ));
  test("the same subject of another issuer", () =>
    expect(why(bundleOf({ vote: { person: { ...person, issuer: "elsewhere" } } }))).toMatch(/not among the approvers/));
  test("a level that only the vote claims", () => {
    const staging = ownTables({
      inventory: "clusters:\n  sandbox:\n    simulated: true\n    namespaces: { payments: staging }\n",
    });
    expect(
      why(bundleOf({ plan: { environment: "staging" }, vote: { person: { ...person, level: 4 } } }), staging),
    ).toMatch(/stronger proof of identity/);
  });
  test("a role that only the vote claims", () => {
    const entry = { subject: "alice", name: "alice", roles: ["developer"], tokenSha256: "0".repeat(64) };
    const approvers = openApprovers(`approvers:\n- ${JSON.stringify(entry)}\n`);
    expect(why(bundleOf({ vote: { person } }), { ...own, approvers })).toMatch(/the vote of alice does not count/);
  });
  test("a vote about another proposal, whatever digest it names", () => {
    const other = sealedEnvelope(
      codec,
      "proposals.allowed",
      sample("proposals.allowed", "rollback", { nonce: "another" }),
    );
    expect(why(bundleOf({ record: { digest: "0".repeat(64) } }))).toMatch(/does not count/);
    expect(why(bundleOf({ record: { allowed: other } }))).toMatch(/does not count/);
    expect(why(bundleOf({ record: { allowed: null } }))).toMatch(/does not count/);
  });
  test("a typed text that differs by one byte", () => {
    for (const typed of ["payments/API", "payments/api ", "", null])
      expect(why(bundleOf({ vote: { typed } }))).toMatch(/typed confirmation/);
  });
  test("a rejection", () => expect(why(bundleOf({ vote: { decision: "reject" } }))).toMatch(/did not approve it/));
  test("no vote at all", () => expect(why(bundleOf({ votes: 0 }))).toMatch(/0 of 1 people/));
  test("one person twice is refused, not counted twice", () =>
    expect(why(bundleOf({ votes: 2 }))).toMatch(/same person cannot approve twice/));
  test("a vote at its last moment", () =>
    expect(why(bundleOf({ allowed: { lastMoment: NOW - 10_000 } }))).toMatch(/expired/));
});
