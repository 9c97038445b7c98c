import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSandbox, type IdentityName, type Sandbox } from "./index.ts";

/** Answers that were held against a real API server, where the simulation once said something else. */

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await openSandbox();
});
afterAll(async () => sandbox[Symbol.asyncDispose]());

const WEB = "/apis/apps/v1/namespaces/shop/deployments/web";

async function ask(who: IdentityName, path: string, sent: { method?: string; type?: string; body?: string } = {}) {
  const { method = "GET", type = "application/json-patch+json", body } = sent;
  const headers = { authorization: `Bearer ${sandbox.tokens[who]}`, "content-type": type };
  const answer = await fetch(`${sandbox.url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
  const text = await answer.text();
  return { status: answer.status, body: text.startsWith("{") ? JSON.parse(text) : text };
}
const patch = (who: IdentityName, operations: unknown, query = "dryRun=All&fieldValidation=Strict") =>
  ask(who, `${WEB}?${query}`, { method: "PATCH", body: JSON.stringify(operations) });

describe("what is not served", () => {
  test.each(["/apis/nothing.example/v1/things", "/api/v1/namespaces/shop/secrets", "/nothing"])(
    "%s is forbidden to whoever may not ask, and not found for whoever may",
    async (path) => {
      expect((await ask("triage", path)).status).toBe(403);
      expect((await ask("admin", path)).status).toBe(404);
    },
  );
});

test("a dry run of a pod's deletion shows the grace that it would have, and the pod stays", async () => {
  const pods = await ask("triage", "/api/v1/namespaces/shop/pods");
  const { name } = pods.body.items[0].metadata;
  const path = `/api/v1/namespaces/shop/pods/${name}`;
  const dry = await ask("policy", path, { method: "DELETE", type: "application/json", body: '{"dryRun":["All"]}' });
  expect(dry.body.metadata.deletionGracePeriodSeconds).toBe(30);
  expect((await ask("triage", path)).body.metadata.deletionTimestamp).toBeUndefined();
});

test("a flag that is false is not kept", async () => {
  const { body } = await patch("policy", [{ op: "add", path: "/spec/paused", value: false }]);
  expect(Object.hasOwn(body.spec, "paused")).toBe(false);
});

test("an unknown field is named behind the whole object", async () => {
  const { status, body } = await patch("policy", [{ op: "add", path: "/spec/nothing", value: 1 }]);
  expect(status).toBe(422);
  expect(body.message).toMatch(/Invalid value: "\{.{200,}strict decoding error: unknown field "spec.nothing"$/);
});

test("a dry run of another kind than All is invalid", async () => {
  const { status, body } = await patch("admin", [], "dryRun=Some");
  expect([status, body.details.causes[0].field]).toEqual([422, "dryRun"]);
});

test("what the admission policy says is the cause as well", async () => {
  const { status, body } = await patch("policy", [], "fieldValidation=Strict");
  expect([status, body.details.causes[0].message]).toEqual([403, expect.stringContaining("policy may only dry-run")]);
});
