import type { IncomingMessage, ServerResponse } from "node:http";
import { handle } from "./api/handle.ts";
import type { Answer, ApiRequest } from "./api/request.ts";
import { ApiRefusal, unauthorized } from "./api/status.ts";
import type { SimulatedCluster } from "./cluster.ts";
import { sendJson, sendText } from "./http-body.ts";
import type { Identity } from "./identities.ts";
import { streamWatch } from "./watch.ts";

/** A request to the Kubernetes API as it was seen, refused ones included. */
export type SeenRequest = {
  readonly at: string;
  readonly user: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly userAgent: string;
  readonly code: number;
};

export type KubernetesDoor = {
  readonly answer: (request: IncomingMessage, response: ServerResponse, body: string) => void;
  readonly seen: () => readonly SeenRequest[];
};

const SEEN_MAX = 2_000;

export function openKubernetesDoor(
  cluster: SimulatedCluster,
  authenticate: (authorization: string | undefined) => Identity | undefined,
): KubernetesDoor {
  const seen: SeenRequest[] = [];
  return {
    seen: () => seen,
    answer: (incoming, response, body) => {
      const user = authenticate(incoming.headers.authorization);
      const answer = answerTo(cluster, incoming, user, body);
      const code = answer.kind === "watch" ? 200 : answer.code;
      const { method = "GET", url: path = "/" } = incoming;
      const userAgent = incoming.headers["user-agent"] ?? "";
      const at = new Date(cluster.world.now()).toISOString();
      seen.push({ at, user: user?.username, method, path, userAgent, code });
      if (seen.length > SEEN_MAX) seen.shift();
      send(cluster, answer, response);
    },
  };
}

function answerTo(
  cluster: SimulatedCluster,
  incoming: IncomingMessage,
  user: Identity | undefined,
  body: string,
): Answer {
  try {
    if (user === undefined) throw unauthorized();
    const request = requestOf(incoming, user, body);
    const version = cluster.world.store.version();
    const answer = handle(cluster.world, request);
    if (cluster.world.store.version() !== version) record(cluster, request, incoming, answer);
    return answer;
  } catch (cause) {
    if (cause instanceof ApiRefusal) return { kind: "json", code: cause.status.code, body: cause.status };
    throw cause;
  }
}

function requestOf({ method = "GET", url = "/", headers }: IncomingMessage, user: Identity, body: string): ApiRequest {
  const { pathname, searchParams } = new URL(url, "http://sandbox");
  return { method, path: pathname, query: searchParams, contentType: headers["content-type"] ?? "", body, user };
}

/** A change is in the file before its answer is on the wire. */
function record(
  cluster: SimulatedCluster,
  request: ApiRequest,
  { url = "", headers }: IncomingMessage,
  answer: Answer,
): void {
  cluster.recordWrite({
    at: new Date(cluster.world.now()).toISOString(),
    user: request.user.username,
    method: request.method,
    path: url,
    contentType: request.contentType,
    body: request.body,
    userAgent: headers["user-agent"] ?? "",
    code: answer.kind === "watch" ? 200 : answer.code,
  });
  cluster.keep();
}

function send(cluster: SimulatedCluster, answer: Answer, response: ServerResponse): void {
  switch (answer.kind) {
    case "json": {
      const warnings = (answer.warnings ?? []).map((warning) => `299 - ${JSON.stringify(warning)}`);
      return sendJson(response, answer.code, answer.body, warnings.length === 0 ? {} : { warning: warnings });
    }
    case "text":
      return sendText(response, answer.code, answer.text);
    case "watch":
      return streamWatch(cluster.world.store, answer.watch, response);
  }
}
