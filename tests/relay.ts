import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** A place between the sandbox's Alertmanager and intake, which passes on what it gets, or holds it back with a 503. */

export type Relay = AsyncDisposable & {
  readonly url: string;
  readonly passTo: (url: string) => void;
  readonly hold: () => void;
};

export async function openRelay(): Promise<Relay> {
  let to: string | undefined;
  const pass = async (path: string, authorization: string, body: string): Promise<number> => {
    if (to === undefined) return 503;
    const headers = { "content-type": "application/json", authorization };
    return fetch(`${to}${path}`, { method: "POST", headers, body }).then(
      ({ status }) => status,
      () => 503,
    );
  };
  const server = createServer((request, response) => {
    const { url = "", headers } = request;
    void text(request)
      .then((body) => pass(url, headers.authorization ?? "", body))
      .then((status) => response.writeHead(status).end());
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
