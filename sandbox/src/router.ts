import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { listAlerts } from "./alertmanager.ts";
import { ApiRefusal } from "./api/status.ts";
import type { SimulatedCluster } from "./cluster.ts";
import type { Control } from "./control.ts";
import { readBody, sendJson, sendText } from "./http-body.ts";
import { isObject } from "./json.ts";
import type { KubernetesDoor } from "./kubernetes-door.ts";
import { answerQuery, refused } from "./prometheus.ts";

export type Parts = {
  readonly cluster: SimulatedCluster;
  readonly control: Control;
  readonly kubernetes: KubernetesDoor;
  readonly url: string;
};

/** One port for everything: the control of the sandbox, Prometheus, Alertmanager, and the Kubernetes API for all other paths. */
export function router(parts: Parts): RequestListener {
  return (request, response) => {
    route(parts, request, response).catch((cause: unknown) => {
      const why = cause instanceof Error ? cause.message : String(cause);
      const refusal = new ApiRefusal(500, "InternalError", `the sandbox failed: ${why}`);
      if (!response.headersSent) sendJson(response, 500, refusal.status);
      else response.destroy();
    });
  };
}

async function route(parts: Parts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://sandbox");
  const body = await readBody(request);
  if (body === undefined)
    return sendJson(
      response,
      413,
      new ApiRefusal(413, "RequestEntityTooLarge", "the body is larger than 3 MiB").status,
    );
  if (pathname.startsWith("/sandbox/")) return steer(parts, request, response, body);
  if (pathname.startsWith("/prometheus/")) return measure(parts, request, response, body);
  if (pathname.startsWith("/alertmanager/")) return alert(parts, pathname, searchParams, response);
  return parts.kubernetes.answer(request, response, body);
}

function measure({ cluster }: Parts, request: IncomingMessage, response: ServerResponse, body: string): void {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://sandbox");
  if (pathname === "/prometheus/-/ready") return sendText(response, 200, "Prometheus Server is Ready.\n");
  const [, path] = /^\/prometheus\/api\/v1(\/.*)$/.exec(pathname) ?? [];
  if (path === undefined)
    return sendJson(
      response,
      404,
      refused(404, "not_found", "the sandbox's Prometheus is under /prometheus/api/v1").body,
    );
  const parameters = request.method === "POST" ? new URLSearchParams(body) : searchParams;
  const answer = answerQuery(path, parameters, cluster.source(), cluster.world.now());
  sendJson(response, answer.code, answer.body);
}

function alert({ cluster, url }: Parts, pathname: string, query: URLSearchParams, response: ServerResponse): void {
  switch (pathname) {
    case "/alertmanager/-/ready":
      return sendText(response, 200, "OK");
    case "/alertmanager/api/v2/status":
      return sendJson(response, 200, {
        cluster: { status: "disabled" },
        versionInfo: { version: "0.0-holdfast-sandbox" },
      });
    case "/alertmanager/api/v2/silences":
      return sendJson(response, 200, []);
    case "/alertmanager/api/v2/alerts": {
      const listed = listAlerts(cluster.book.read(), query.getAll("filter"), url, cluster.world.now());
      return sendJson(response, typeof listed === "string" ? 400 : 200, listed);
    }
    default:
      return sendJson(response, 404, "the sandbox's Alertmanager answers GET /api/v2/alerts and /api/v2/silences");
  }
}

async function steer(
  { cluster, control, kubernetes }: Parts,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
): Promise<void> {
  const problem = (status: number, detail: string): void =>
    sendJson(
      response,
      status,
      { type: "about:blank", title: "The sandbox did not do that", status, detail },
      { "content-type": "application/problem+json" },
    );
  if (!fromThisMachine(request)) return problem(403, "The sandbox is steered from its own machine only.");
  const { pathname } = new URL(request.url ?? "/", "http://sandbox");
  switch (`${request.method ?? "GET"} ${pathname}`) {
    case "GET /sandbox/scenarios":
      return sendJson(response, 200, control.scenarios());
    case "GET /sandbox/status":
      return sendJson(response, 200, control.status());
    case "GET /sandbox/requests":
      return sendJson(response, 200, kubernetes.seen());
    case "GET /sandbox/writes":
      return sendJson(response, 200, cluster.writes());
    case "POST /sandbox/heal":
      control.heal();
      return sendJson(response, 200, { healed: true });
    case "POST /sandbox/break": {
      const scenario = scenarioIn(body);
      if (scenario === undefined) return problem(400, 'Say which scenario: {"scenario": "bad-rollout"}.');
      const broken = await control.break(scenario);
      if (broken.outcome === "fired") return sendJson(response, 200, { broken: scenario });
      return problem(broken.outcome === "timed-out" ? 504 : 404, broken.why);
    }
    default:
      return problem(
        404,
        "The sandbox has GET /sandbox/scenarios, status, requests and writes, and POST /sandbox/break and heal.",
      );
  }
}

/** A page in a browser on this machine is not its owner: it comes with an Origin, or under another Host. */
function fromThisMachine({ socket, headers }: IncomingMessage): boolean {
  const loopback = /^(::ffff:)?127\.|^::1$/.test(socket.remoteAddress ?? "");
  const host = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])(:\d+)?$/.test(headers.host ?? "");
  return loopback && host && headers.origin === undefined;
}

function scenarioIn(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    return isObject(parsed) && typeof parsed["scenario"] === "string" ? parsed["scenario"] : undefined;
  } catch {
    return undefined;
  }
}
