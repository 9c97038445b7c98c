import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A place between the sandbox's Alertmanager and intake, which passes on what it gets, or holds it back with a 503. */

export type Relay = AsyncDisposable & {
  readonly url: string;
  readonly passTo: (url: string) => void;
  readonly hold: () => void;
};

export async function openRelay(): Promise<Relay> {
  let to: string | undefined;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", async () => {
      const { authorization = "" } = request.headers;
      const headers = { "content-type": "application/json", authorization };
      const body = Buffer.concat(chunks).toString();
      const answer =
        to === undefined
          ? undefined
          : await fetch(`${to}${request.url}`, { method: "POST", headers, body }).catch(() => undefined);
      response.writeHead(answer?.status ?? 503).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passTo: (url) => (to = url),
    hold: () => (to = undefined),
    [Symbol.asyncDispose]: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}
