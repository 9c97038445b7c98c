import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { SentAlert } from "./notification.ts";

/** Alertmanager's list, as far as triage asks for it: an alert that nobody lists has ended, and its proposal with it. */
export type Listing = AsyncDisposable & { readonly url: string; readonly fires: (alert: SentAlert) => void };

export async function listAlerts(): Promise<Listing> {
  const listed: string[] = [];
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(`[${listed.join()}]`);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    fires: ({ fingerprint, labels, startsAt }) => {
      const status = { state: "active", silencedBy: [], inhibitedBy: [] };
      const times = { startsAt: new Date(startsAt).toISOString(), endsAt: "0001-01-01T00:00:00Z" };
      listed.push(JSON.stringify({ fingerprint, labels, annotations: {}, ...times, status }));
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
