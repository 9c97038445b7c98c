import { createHash } from "node:crypto";

import { stringify } from "yaml";
import { expect, test } from "vitest";

import { newApprover, openApprovers, refuseStaticTokens, tokenDigest, withSandboxPerson } from "./approvers.ts";
import { openInventory } from "./inventory.ts";

const hash = (token: string): string => createHash("sha256").update(token).digest("hex");
const entry = (subject: string, token: string, told: object = {}): object => ({
  subject,
  name: subject,
  roles: ["oncall"],
  tokenSha256: hash(token),
  ...told,
});
const file = (...approvers: object[]): string => stringify({ approvers });

const TABLE = openApprovers(
  file(entry("ann", "token of ann", { name: "Ann Núñez", roles: ["oncall", "lead"] }), entry("bob", "token of bob")),
);

test("a token identifies its person, with the name and the roles of the table and level 1", () => {
  const ann = { issuer: "holdfast/static", subject: "ann", name: "Ann Núñez", roles: ["oncall", "lead"], level: 1 };
  expect(TABLE.identify("token of ann")).toEqual(ann);
  expect(TABLE.find("ann")).toEqual(ann);
  expect(TABLE.identify("token of bob")?.subject).toBe("bob");
});

test("no other token identifies anybody, the hash itself included", () => {
  for (const token of ["", "token of cy", "token of ann ", "Token of ann", hash("token of ann")])
    expect(TABLE.identify(token)).toBeUndefined();
  expect(TABLE.find("Ann")).toBeUndefined();
});

test("a new approver's token opens the line that goes into the file, and stands nowhere in it", () => {
  const { entry: line, token } = newApprover("Ana Ruiz", ["oncall"]);
  expect(line).toMatchObject({ subject: "ana-ruiz", name: "Ana Ruiz", roles: ["oncall"] });
  expect(JSON.stringify(line)).not.toContain(token);
  expect(openApprovers(file(line)).identify(token)?.subject).toBe("ana-ruiz");
  expect(newApprover("Ana Ruiz", ["oncall"]).token).not.toBe(token);
});

test("the sandbox has alice, in memory", () => {
  const sandbox = withSandboxPerson(openApprovers("approvers: []"), tokenDigest("sandbox token"));
  expect(sandbox.identify("sandbox token")).toMatchObject({ subject: "alice", roles: ["oncall"], level: 1 });
  expect(() => withSandboxPerson(sandbox, tokenDigest("another"))).toThrow('two approvers have the subject "alice"');
  expect(() => withSandboxPerson(openApprovers("approvers: []"), "sandbox token")).toThrow(/is no SHA-256/);
});

test.each([
  [file(entry("ann", "a"), entry("ann", "b")), 'two approvers have the subject "ann"'],
  [file(entry("ann", "a"), entry("bob", "a")), "shares a token"],
  [file(entry("Ann (on-call)", "a")), "subject must be"],
  [file(entry("ann", "a", { name: "Ann\u202e" })), "name must be"],
  [file(entry("ann", "a", { roles: [] })), "empty list"],
  [file(entry("ann", "a", { roles: ["On Call"] })), "roles[0] must be"],
  [file(entry("ann", "a", { tokenSha256: "token" })), "64 lower-case hexadecimal digits"],
  [file(entry("ann", "a", { level: 4 })), 'the key "level" is unknown'],
  ["approvers:\n- {subject: ann, name: ann, roles: [oncall], tokenSha256: 1234}", "Put it in quotes"],
  ["[]", "must be a map"],
  ["", "is empty. Write approvers: [] for nobody."],
])("a table in doubt is refused: %#", (text, why) => {
  expect(() => openApprovers(text)).toThrow(why);
});

test("static tokens are refused where a real production is configured, unless the inventory says otherwise", () => {
  const inventory = (text: string): ReturnType<typeof openInventory> => openInventory(text);
  const nobody = openApprovers("approvers: []");
  const real = inventory("clusters: { eu1: { namespaces: { shop: prod } } }");
  expect(refuseStaticTokens(real, TABLE)).toContain("The cluster eu1 holds a prod environment");
  expect(refuseStaticTokens(inventory("clusters: { eu1: { namespaces: {} } }"), TABLE)).toContain("eu1");
  expect(refuseStaticTokens(real, nobody)).toBeUndefined();
  expect(refuseStaticTokens(inventory("clusters: { eu1: { namespaces: { shop: staging } } }"), TABLE)).toBeUndefined();
  expect(
    refuseStaticTokens(inventory("clusters: { sandbox: { simulated: true, namespaces: { shop: prod } } }"), TABLE),
  ).toBeUndefined();
  expect(
    refuseStaticTokens(inventory("staticTokensInProd: true\nclusters: { eu1: { namespaces: { shop: prod } } }"), TABLE),
  ).toBeUndefined();
});
