import { createServer, type IncomingMessage } from "node:http";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SealedRequest } from "@holdfast/schemas";
import { afterEach, describe, expect, test } from "vitest";
import {
  openCluster,
  openReadOnlyCluster,
  preconditionFailed,
  undeclaredRights,
  type Cluster,
  type SelfReview,
} from "./index.ts";

type Seen = {
  readonly verb: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
};
type Say = { readonly status: number; readonly body: unknown; readonly location?: string };

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** An API server that writes down what it is asked and says what it is told to. */
async function server(say: (seen: Seen) => Say | "nothing") {
  const seen: Seen[] = [];
  let connections = 0;
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const one = {
        verb: request.method ?? "",
        path: request.url ?? "",
        headers: request.headers,
        body: Buffer.concat(chunks).toString("utf8"),
      };
      seen.push(one);
      const said = say(one);
      if (said === "nothing") return;
      const headers = { "content-type": "application/json" };
      response.writeHead(said.status, said.location === undefined ? headers : { ...headers, location: said.location });
      response.end(typeof said.body === "string" ? said.body : JSON.stringify(said.body));
    });
  });
  http.on("connection", () => (connections += 1));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const address = http.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  closing.push(() => new Promise((resolve) => (http.close(() => resolve()), http.closeAllConnections())));
  return { url: `http://127.0.0.1:${address.port}`, seen, connections: () => connections };
}

function opened(url: string, timeoutMs = 5_000): Cluster {
  const cluster = openCluster({
    access: { kind: "loopback", server: url, token: "t0k3n" },
    service: "executor",
    version: "0.1.0",
    timeoutMs,
  });
  closing.push(cluster.close);
  return cluster;
}

const status = (code: number, reason: string, message: string, details?: unknown) => ({
  status: code,
  body: { kind: "Status", code, reason, message, details },
});
const sealed = (verb: string, path: string, contentType: string, body: string): SealedRequest => ({
  verb,
  path,
  contentType,
  body: Buffer.from(body),
});

const POD = "/api/v1/namespaces/shop/pods/web-1";
const DEPLOYMENT = "/apis/apps/v1/namespaces/shop/deployments/web?fieldManager=holdfast&fieldValidation=Strict";
const PATCH = sealed(
  "PATCH",
  DEPLOYMENT,
  "application/json-patch+json",
  '[{"op":"test","path":"/metadata/uid","value":"ü-1"}]',
);
const DELETE = sealed("DELETE", POD, "application/json", '{"preconditions":{"uid":"u-1"}}');

describe("a sealed request", () => {
  test("is sent with its own verb, path, type and bytes, and says who sends it", async () => {
    const { url, seen } = await server(() => ({
      status: 200,
      body: { kind: "Deployment", metadata: { generation: 7 } },
    }));
    const answer = await opened(url).sender.send(PATCH, 5_000);
    expect(answer.object?.metadata?.generation).toBe(7);
    expect(seen[0]).toMatchObject({ verb: "PATCH", path: DEPLOYMENT, body: PATCH.body.toString("utf8") });
    expect(seen[0]?.headers).toMatchObject({
      "content-type": "application/json-patch+json",
      "user-agent": "holdfast-executor/0.1.0",
      authorization: "Bearer t0k3n",
    });
  });

  test("that deletes is tried by its body alone, because the server ignores a dryRun beside a body and really deletes", async () => {
    const { url, seen } = await server(() => ({ status: 200, body: {} }));
    await opened(url).dryRunner.dryRun(DELETE);
    expect(seen[0]).toMatchObject({
      verb: "DELETE",
      path: POD,
      body: '{"preconditions":{"uid":"u-1"},"dryRun":["All"]}',
    });
  });

  test("that deletes is not tried where its body is no object that could carry the dry run", async () => {
    const { url, seen } = await server(() => ({ status: 200, body: {} }));
    await expect(opened(url).dryRunner.dryRun({ ...DELETE, body: Buffer.alloc(0) })).rejects.toThrow(
      "cannot be tried as a dry run",
    );
    expect(seen).toEqual([]);
  });

  test.each([PATCH, sealed("POST", `${POD}/eviction`, "application/json", "{}")])(
    "that is a $verb is tried by the query, which admission sees",
    async (request) => {
      const { url, seen } = await server(() => ({ status: 200, body: {} }));
      await opened(url).dryRunner.dryRun(request);
      expect(seen[0]).toMatchObject({
        path: `${request.path}${request.path.includes("?") ? "&" : "?"}dryRun=All`,
        body: request.body.toString("utf8"),
      });
    },
  );

  test("rejects where no answer came in time, because then nobody knows whether it landed", async () => {
    const { url } = await server(() => "nothing");
    await expect(opened(url).sender.send(PATCH, 50)).rejects.toThrow("did not answer within 0.05 s");
  });

  test.each(["/api/v1/namespaces/shop/../kube-system/pods/x", "api/v1", ".evil.example/api"])(
    "is refused where its path would be changed on the way: %s",
    async (path) => {
      const { url, seen } = await server(() => ({ status: 200, body: {} }));
      await expect(opened(url).sender.send({ ...PATCH, path }, 5_000)).rejects.toThrow(
        "would not be sent as it stands",
      );
      expect(seen).toEqual([]);
    },
  );

  test("goes to nobody else, whoever the server points at", async () => {
    const other = await server(() => ({ status: 200, body: {} }));
    const api = await server(() => ({ status: 307, body: {}, location: `${other.url}/elsewhere` }));
    expect((await opened(api.url).sender.send(PATCH, 5_000)).status).toBe(307);
    expect(other.seen).toEqual([]);
  });

  test("is refused where its bytes are no text, because they would change on the way", async () => {
    const { url, seen } = await server(() => ({ status: 200, body: {} }));
    await expect(opened(url).sender.send({ ...PATCH, body: Buffer.from([0xff, 0xfe]) }, 5_000)).rejects.toThrow();
    expect(seen).toEqual([]);
  });
});

describe("an answer", () => {
  test.each([
    [status(422, "Invalid", "the server rejected our request due to an error in our request"), true],
    [status(409, "Conflict", "the UID in the precondition (a) does not match the UID in record (b)."), true],
    [
      status(422, "Invalid", 'Deployment.apps "web" is invalid: metadata.uid: Invalid value: "x": field is immutable', {
        causes: [{ field: "metadata.uid" }],
      }),
      true,
    ],
    [status(422, "Invalid", "spec.replicas: must be positive", { causes: [{ field: "spec.replicas" }] }), false],
    [status(403, "Forbidden", "pods is forbidden"), false],
    [{ status: 502, body: "<html>" }, false],
  ])("tells a moved object from any other refusal: %j", async (said, moved) => {
    const { url } = await server(() => said);
    const answer = await opened(url).sender.send(PATCH, 5_000);
    expect(preconditionFailed(answer)).toBe(moved);
    expect(answer).toMatchObject({ status: said.status, object: undefined });
    expect(answer.says).toMatch(/\.$/);
  });

  test("is a sentence made of the Status, never of headers or of another body", async () => {
    const { url } = await server(() => status(403, "Forbidden", 'deployments.apps "web" is forbidden'));
    expect((await opened(url).sender.send(PATCH, 5_000)).says).toBe(
      'The API server answered 403 Forbidden: deployments.apps "web" is forbidden.',
    );
  });
});

test("of an unknown field the sentence names it, and says nothing of the object that the server quotes", async () => {
  const whole = JSON.stringify(
    JSON.stringify({ kind: "Deployment", spec: { env: "s3cr3t", rest: "x".repeat(5_000) } }),
  );
  const message = ` "" is invalid: patch: Invalid value: ${whole}: strict decoding error: unknown field "spec.nothing"`;
  const { url } = await server(() => status(422, "Invalid", message));
  expect((await opened(url).sender.send(PATCH, 5_000)).says).toBe(
    'The API server answered 422 Invalid:  "" is invalid: patch: Invalid value: what it would become: strict decoding error: unknown field "spec.nothing".',
  );
});

describe("reading", () => {
  test("keeps fields that this client has never heard of", async () => {
    const { url } = await server(() => ({
      status: 200,
      body: { kind: "Pod", metadata: { name: "web-1" }, spec: { fromTheFuture: { a: [1] } } },
    }));
    expect(await opened(url).reader.get({ kind: "Pod", namespace: "shop", name: "web-1" })).toMatchObject({
      spec: { fromTheFuture: { a: [1] } },
    });
  });

  test("finds nothing where the server says 404, and throws a sentence for anything else", async () => {
    const { url } = await server(({ path }) =>
      path.endsWith("/gone") ? status(404, "NotFound", "x") : status(403, "Forbidden", "no"),
    );
    const { reader } = opened(url);
    expect(await reader.get({ kind: "Node", namespace: null, name: "gone" })).toBeUndefined();
    await expect(reader.get({ kind: "Node", namespace: null, name: "n" })).rejects.toThrow(
      "The API server answered 403 Forbidden: no. It happened while reading Node n.",
    );
  });

  test("lists page by page until the end, and no further than asked", async () => {
    const page = (from: number, next?: string) => ({
      status: 200,
      body: {
        metadata: next ? { continue: next } : {},
        items: [{ metadata: { name: `p${from}` } }, { metadata: { name: `p${from + 1}` } }],
      },
    });
    const { url, seen } = await server(({ path }) => (path.includes("continue=more") ? page(2) : page(0, "more")));
    const { reader } = opened(url);
    expect(
      (await reader.list("Pod", { namespace: "shop", labelSelector: "app in (a,b)" })).map((pod) => pod.metadata?.name),
    ).toEqual(["p0", "p1", "p2", "p3"]);
    expect(seen[0]?.path).toBe("/api/v1/namespaces/shop/pods?limit=250&labelSelector=app+in+%28a%2Cb%29");
    expect(await reader.list("Pod", { limit: 1 })).toHaveLength(1);
  });

  test("takes a missing previous log for no log, and another 400 for an error", async () => {
    const { url, seen } = await server(({ path }) =>
      status(
        400,
        "BadRequest",
        path.includes("container=web")
          ? 'previous terminated container "web" in pod "web-1" not found'
          : "container x is not valid for pod web-1",
      ),
    );
    const options = { namespace: "shop", pod: "web-1", previous: true, tailLines: 20, limitBytes: 1000 };
    expect(await opened(url).reader.logs({ ...options, container: "web" })).toBeUndefined();
    expect(seen[0]?.path).toBe(
      "/api/v1/namespaces/shop/pods/web-1/log?container=web&previous=true&tailLines=20&limitBytes=1000",
    );
    await expect(opened(url).reader.logs({ ...options, container: "x" })).rejects.toThrow("is not valid");
  });

  test("does not open a connection for each read, and names the service in each", async () => {
    const { url, seen, connections } = await server(() => ({
      status: 200,
      body: { metadata: { name: "kube-system", uid: "c-1" } },
    }));
    const { reader } = opened(url);
    for (let i = 0; i < 5; i += 1) expect(await reader.identity()).toBe("c-1");
    expect(connections()).toBeLessThan(5);
    expect(new Set(seen.map((each) => each.headers["user-agent"]))).toEqual(new Set(["holdfast-executor/0.1.0"]));
  });

  test("says where nobody answered", async () => {
    await expect(opened("http://127.0.0.1:1").reader.identity()).rejects.toThrow(
      /http:\/\/127\.0\.0\.1:1 gave no answer: .*(ECONNREFUSED|bad port)/,
    );
  });
});

describe("a claim", () => {
  test("is a Lease that is created once: the second is told that it is taken", async () => {
    const leases = new Map<string, object>();
    const { url } = await server(({ verb, path, body }) => {
      const lease: unknown = verb === "POST" ? JSON.parse(body) : undefined;
      if (typeof lease === "object" && lease !== null) {
        if (leases.size > 0) return status(409, "AlreadyExists", "exists");
        leases.set("holdfast-p-1", lease);
        return { status: 201, body: lease };
      }
      const found = leases.get(path.split("/").at(-1) ?? "");
      return found ? { status: 200, body: found } : status(404, "NotFound", "x");
    });
    const { claims } = opened(url);
    expect(await claims.look("p-1")).toBeUndefined();
    expect(await claims.create("p-1", "executor-a", "The window closed.")).toBe("created");
    expect(await claims.create("p-1", "executor-b", undefined)).toBe("taken");
    expect(await claims.look("p-1")).toMatchObject({ holder: "executor-a", refused: "The window closed." });
  });

  test("that could not be made or looked up is an error, never an answer", async () => {
    const { url } = await server(() => status(403, "Forbidden", "no"));
    const { claims } = opened(url);
    await expect(claims.create("p-1", "a", undefined)).rejects.toThrow("was not made");
    await expect(claims.look("p-1")).rejects.toThrow("whether p-1 is claimed");
  });
});

describe("a credential", () => {
  const kubeconfig = (cluster: object) => {
    const path = join(mkdtempSync(join(tmpdir(), "holdfast-kubeconfig-")), "config");
    writeFileSync(
      path,
      JSON.stringify({
        clusters: [{ name: "c", cluster }],
        users: [{ name: "u", user: { token: "t" } }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
        "current-context": "x",
      }),
    );
    return path;
  };
  const open = (path: string, context?: string) =>
    openCluster({ access: { kind: "kubeconfig", path, context }, service: "policy", version: "1", timeoutMs: 1_000 });

  test.each([
    { server: "https://k8s.example:6443", "insecure-skip-tls-verify": true },
    { server: "http://k8s.example", "insecure-skip-tls-verify": true },
    { server: "http://127.0.0.1.example", "insecure-skip-tls-verify": true },
  ])("for a server that nobody verifies is refused: $server", (cluster) => {
    expect(() => open(kubeconfig(cluster))).toThrow("anybody in between");
  });

  test("for this machine's loopback needs no certificate", async () => {
    const { url, seen } = await server(() => ({
      status: 200,
      body: { metadata: { name: "kube-system", uid: "c-1" } },
    }));
    const cluster = open(kubeconfig({ server: `${url}/`, "insecure-skip-tls-verify": true }), "x");
    closing.push(cluster.close);
    expect(await cluster.reader.identity()).toBe("c-1");
    expect(seen[0]?.headers).toMatchObject({ authorization: "Bearer t", "user-agent": "holdfast-policy/1" });
  });

  test("whose file or context is missing is a sentence", () => {
    expect(() => open("/nowhere/config")).toThrow("The kubeconfig /nowhere/config cannot be read");
    expect(() => open(kubeconfig({ server: "https://k8s.example" }), "y")).toThrow('has no context "y"; it has x.');
  });

  test("for observing comes with nothing that writes", () => {
    const cluster = openReadOnlyCluster({
      access: { kind: "loopback", server: "http://127.0.0.1:9", token: "t" },
      service: "policy",
      version: "1",
      timeoutMs: 1_000,
    });
    expect(Object.keys(cluster).toSorted()).toEqual(["close", "reader", "selfReview"]);
  });

  test("is asked about itself through self reviews", async () => {
    const { url, seen } = await server(({ path }) => ({
      status: 201,
      body: {
        status: path.endsWith("selfsubjectreviews")
          ? { userInfo: { username: "system:serviceaccount:holdfast:policy" } }
          : { allowed: true },
      },
    }));
    const { selfReview } = opened(url);
    expect(await selfReview.user()).toBe("system:serviceaccount:holdfast:policy");
    expect(await selfReview.may({ verb: "get", group: "", resource: "pods", namespace: "shop" })).toBe(true);
    expect(JSON.parse(seen[1]?.body ?? "")).toMatchObject({
      spec: { resourceAttributes: { verb: "get", group: "", resource: "pods", namespace: "shop" } },
    });
  });
});

describe("the start-up test of rights", () => {
  const holder = (...granted: readonly string[]): SelfReview => ({
    user: async () => "u",
    may: async ({ verb, resource, subresource, namespace }) =>
      granted.includes(`${verb} ${resource}${subresource ? `/${subresource}` : ""}@${namespace ?? "*"}`),
  });

  test("names each right that is held and not declared, where it is held", async () => {
    const review = holder("get secrets@shop", "create pods/exec@*", "delete pods@shop");
    expect(await undeclaredRights(review, [{ verb: "delete", group: "", resource: "pods" }], ["shop"])).toEqual([
      "This credential may get secrets in namespace shop, and its service does not need it: take that right away.",
      "This credential may create pods/exec in the whole cluster, and its service does not need it: take that right away.",
    ]);
  });

  test("finds nothing where only the declared is held, in the namespace that it is declared for", async () => {
    const review = holder("create leases@holdfast", "create leases@shop");
    const declared = [{ verb: "create", group: "coordination.k8s.io", resource: "leases", namespace: "holdfast" }];
    expect(await undeclaredRights(review, declared, ["holdfast", "shop"])).toHaveLength(1);
    expect(await undeclaredRights(review, declared, ["holdfast"])).toEqual([]);
  });
});
