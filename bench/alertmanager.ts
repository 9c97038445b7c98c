import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { SentAlert } from "./notification.ts";

/**
 * Alertmanager's list, and of each alert what triage looks at: one that nobody lists has ended, and its proposal with it. On the
 * sandbox triage asks twice a second rather than every ten seconds, and would read megabytes each time.
 */
export type Listing = AsyncDisposable & { readonly url: string; readonly fires: (alert: SentAlert) => void };

export async function listAlerts(): Promise<Listing> {
  const listed: string[] = [];
  const server = createServer(({ url }, response) => {
    const asked = url?.startsWith("/api/v2/alerts") === true ? listed : [];
    response.writeHead(200, { "content-type": "application/json" }).end(`[${asked.join()}]`);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    fires: ({ fingerprint }) => listed.push(JSON.stringify({ fingerprint, status: { state: "active" } })),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
