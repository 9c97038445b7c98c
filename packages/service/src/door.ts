import type { ErrorRequestHandler, RequestHandler } from "express";
import { createServer, STATUS_CODES, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { sentenceOf, type Log } from "./log.ts";

const HEADERS_MS_MAX = 10_000;
const REQUEST_MS_MAX = 30_000;
const CLOSE_MS_MAX = 2_000;

export type Door = AsyncDisposable & { readonly port: number; readonly url: string };

/** Where a door opens, and the settings that move it. */
export type Place = {
  readonly host: string;
  readonly port: number;
  readonly portSetting: string;
  readonly hostSetting: string;
};

/** Resolves once the door is open. @throws with a sentence that names the setting to change. */
export async function listen(app: RequestListener, place: Place): Promise<Door> {
  const server = createServer({ headersTimeout: HEADERS_MS_MAX, requestTimeout: REQUEST_MS_MAX }, app);
  await opened(server, place);
  const { port } = server.address() as AddressInfo;
  const host = place.host.includes(":") ? `[${place.host}]` : place.host;
  return { port, url: `http://${host}:${port}`, [Symbol.asyncDispose]: () => closed(server) };
}

/** Answers with `application/problem+json`: a sentence for whoever asked, and nothing of our insides. */
export function problem(
  res: ServerResponse,
  status: number,
  sentence: string,
  extra: Readonly<Record<string, unknown>> = {},
): void {
  const body = JSON.stringify({ type: "about:blank", title: STATUS_CODES[status], status, detail: sentence, ...extra });
  res.writeHead(status, {
    "content-type": "application/problem+json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
  });
  res.end(body);
}

/** The last but one handler of a door. */
export function nothingHere(doors: string): RequestHandler {
  return (req, res) => problem(res, 404, `There is nothing at ${req.method} ${req.path}. ${doors}`);
}

/** The last handler of a door: says nothing of what went wrong but to the log. */
export function unexpected(log: Log): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const status = statusOf(error);
    if (status >= 500) log.error("a request failed", { method: req.method, path: req.path, error });
    else log.info("a request was malformed", { method: req.method, path: req.path, error });
    if (res.headersSent) return next(error);
    problem(
      res,
      status,
      status >= 500
        ? "Holdfast failed to answer this request; its log says why. Try again."
        : "This request cannot be read.",
    );
  };
}

function statusOf(error: unknown): number {
  const status = typeof error === "object" && error !== null && "status" in error ? error.status : 500;
  return typeof status === "number" && status >= 400 && status < 500 ? status : 500;
}

function opened(server: Server, { host, port, portSetting, hostSetting }: Place): Promise<void> {
  return new Promise((done, failed) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const says: Readonly<Record<string, string>> = {
        EADDRINUSE: `Port ${port} on ${host} is in use by another program. Set ${portSetting} to a free port and start again.`,
        EACCES: `Port ${port} needs rights that this process does not have. Set ${portSetting} to a port above 1023 and start again.`,
        EADDRNOTAVAIL: `This machine has no address ${host}. Set ${hostSetting} to one that it has, for example 127.0.0.1, and start again.`,
      };
      failed(
        new Error(
          says[cause.code ?? ""] ??
            `The door at ${host}:${port} cannot be opened (${sentenceOf(cause)}). See ${hostSetting} and ${portSetting}.`,
        ),
      );
    });
    server.listen(port, host, done);
  });
}

/** Answers what is under way, then closes; what takes longer is cut. */
function closed(server: Server): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_MS_MAX);
  return new Promise((done) => {
    server.close(() => {
      clearTimeout(cut);
      done();
    });
    server.closeIdleConnections();
  });
}
