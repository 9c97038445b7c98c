import * as k8s from "@kubernetes/client-node";
import { getGlobalDispatcher } from "undici";
import type { Reply } from "./status.ts";

/** Where the credential is: a kubeconfig file, the pod's own service account, or a token for an API server on this machine. */
export type Access =
  | { readonly kind: "kubeconfig"; readonly path: string; readonly context?: string | undefined }
  | { readonly kind: "in-cluster" }
  | {
      readonly kind: "loopback";
      readonly server: string;
      readonly token: string;
      /** It is on another machine, over a network that is nobody else's. */
      readonly isPrivate?: boolean;
    };

export type Request = {
  readonly verb: string;
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
};

/** One HTTP exchange. Rejects, with a sentence, where no whole answer came within the time. */
export type Connection = {
  readonly call: (request: Request, timeoutMs: number, signal?: AbortSignal) => Promise<Reply>;
  readonly close: () => Promise<void>;
};

type Dispatcher = NonNullable<ReturnType<k8s.RequestContext["getDispatcher"]>>;

export function connect(access: Access, userAgent: string): Connection {
  const config = kubeConfig(access);
  const server = trustedServer(config, access.kind === "loopback" && access.isPrivate === true);
  const http = k8s.createConfiguration({ baseServer: new k8s.ServerConfiguration(server, {}) });
  let pinned: Dispatcher | undefined;

  async function call(request: Request, timeoutMs: number, signal?: AbortSignal): Promise<Reply> {
    const context = requestContext(http, server, request);
    context.setHeaderParam("User-Agent", userAgent);
    using limit = limited(timeoutMs, signal);
    context.setSignal(limit.signal);
    try {
      await config.applySecurityAuthentication(context);
      pinned ??= context.getDispatcher();
      return await exchange(pinned ?? getGlobalDispatcher(), context, request.body);
    } catch (cause) {
      // The certificate authority may have been replaced: the next request reads it anew.
      if (!signal?.aborted) pinned = undefined;
      throw new Error(noAnswer(server, timeoutMs, limit.isOver(), cause), { cause });
    }
  }
  return { call, close: async () => pinned?.destroy() };
}

/** Without the layers of fetch, which cost more than the exchange and follow redirects: who was asked answers, or nobody. */
async function exchange(dispatcher: Dispatcher, context: k8s.RequestContext, sent?: string): Promise<Reply> {
  const { origin, pathname, search } = new URL(context.getUrl());
  const { statusCode, body } = await dispatcher.request({
    origin,
    path: `${pathname}${search}`,
    method: context.getHttpMethod(),
    headers: context.getHeaders(),
    body: sent ?? null,
    signal: context.getSignal() ?? null,
  });
  return { status: statusCode, text: await body.text() };
}

type Limited = Disposable & { readonly signal: AbortSignal; readonly isOver: () => boolean };

/** Ends with the caller's signal or with the time. It leaves no timer behind: each would come due long after its answer. */
function limited(timeoutMs: number, signal: AbortSignal | undefined): Limited {
  const stop = new AbortController();
  let isOver = false;
  const end = (): void => stop.abort(signal?.reason);
  const timer = setTimeout(() => {
    isOver = true;
    stop.abort();
  }, timeoutMs);
  if (signal?.aborted) end();
  else signal?.addEventListener("abort", end, { once: true });
  return {
    signal: stop.signal,
    isOver: () => isOver,
    [Symbol.dispose]: () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
    },
  };
}

/** Refuses a path that would be normalised on its way: what was approved is what is asked for, letter by letter. */
function requestContext(
  http: k8s.Configuration,
  server: string,
  { verb, path, contentType }: Request,
): k8s.RequestContext {
  if (!path.startsWith("/") || new URL(`${server}${path}`).href !== `${server}${path}`)
    throw new Error(`This path would not be sent as it stands: ${path}`);
  const context = http.baseServer.makeRequestContext(path, methodOf(verb));
  context.setHeaderParam("Accept", "application/json");
  if (contentType !== undefined) context.setHeaderParam("Content-Type", contentType);
  return context;
}

function methodOf(verb: string): k8s.HttpMethod {
  switch (verb) {
    case "GET":
    case "POST":
    case "PATCH":
    case "DELETE":
      return verb;
    default:
      throw new Error(
        `Holdfast sends no ${verb}: reads, patches, creations and deletions of single objects are all there is.`,
      );
  }
}

function noAnswer(server: string, timeoutMs: number, isLate: boolean, cause: unknown): string {
  if (isLate) return `The API server at ${server} did not answer within ${timeoutMs / 1000} s.`;
  return `The API server at ${server} gave no answer: ${innermost(cause)}.`;
}

/** fetch says "fetch failed" and keeps the reason in its cause. */
function innermost(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.cause !== undefined) return innermost(cause.cause);
  return cause.message || cause.name;
}

function kubeConfig(access: Access): k8s.KubeConfig {
  const config = new k8s.KubeConfig();
  switch (access.kind) {
    case "in-cluster":
      config.loadFromCluster();
      return config;
    case "loopback":
      config.loadFromOptions({
        clusters: [{ name: "loopback", server: access.server, skipTLSVerify: true }],
        users: [{ name: "holdfast", token: access.token }],
        contexts: [{ name: "loopback", cluster: "loopback", user: "holdfast" }],
        currentContext: "loopback",
      });
      return config;
    case "kubeconfig":
      return fromFile(config, access.path, access.context);
  }
}

function fromFile(config: k8s.KubeConfig, path: string, context: string | undefined): k8s.KubeConfig {
  try {
    config.loadFromFile(path);
  } catch (cause) {
    throw new Error(`The kubeconfig ${path} cannot be read: ${innermost(cause)}. Name a file that kubectl can use.`, {
      cause,
    });
  }
  if (context === undefined) return config;
  if (!config.getContextObject(context)) {
    const known = config.getContexts().map((each) => each.name);
    throw new Error(`The kubeconfig ${path} has no context "${context}"; it has ${known.join(", ") || "none"}.`);
  }
  config.setCurrentContext(context);
  return config;
}

/** An API server whose identity nobody checks could be anybody; only on this machine is there nobody in between. */
function trustedServer(config: k8s.KubeConfig, isPrivate: boolean): string {
  const cluster = config.getCurrentCluster();
  if (!cluster?.server)
    throw new Error("The kubeconfig names no cluster to talk to: set its current-context, or name a context.");
  const { protocol, hostname } = new URL(cluster.server);
  const local = protocol === "http:" && (isPrivate || ["127.0.0.1", "localhost", "[::1]"].includes(hostname));
  if (cluster.skipTLSVerify && !local) {
    throw new Error(
      `The kubeconfig skips TLS verification for ${cluster.server}, so anybody in between could answer for the cluster. Remove insecure-skip-tls-verify and name its certificate authority.`,
    );
  }
  if (protocol !== "https:" && !local)
    throw new Error(`${cluster.server} is not https, so anybody in between could answer for the cluster.`);
  return cluster.server.replace(/\/+$/, "");
}
