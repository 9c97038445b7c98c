import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readBody } from "../http-body.ts";
import { isObject } from "../json.ts";

export type Told = {
  readonly status: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly fingerprint: string;
  readonly labels: Record<string, string>;
};

/** A receiver of webhooks that can be made to refuse; it takes nothing but what Alertmanager sends. */
export async function openReceiver(): Promise<
  AsyncDisposable & {
    url: string;
    alerts: () => Told[];
    bodies: () => Record<string, unknown>[];
    answer: (code: number) => void;
    refusals: () => number;
  }
> {
  const bodies: Record<string, unknown>[] = [];
  let code = 202;
  let refusals = 0;
  const server = createServer((request, response) => {
    void readBody(request).then((text) => {
      const body: unknown = JSON.parse(text ?? "null");
      const good =
        request.url === "/v1/alertmanager" &&
        request.headers.authorization === "Bearer secret" &&
        isObject(body) &&
        body["version"] === "4";
      if (good && code === 202) bodies.push(body);
      else refusals += 1;
      response.writeHead(good ? code : 400).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    // What the receiver checked above is all that is known; the tests look at the rest.
    alerts: () => bodies.flatMap((body) => body["alerts"] as Told[]),
    bodies: () => bodies,
    answer: (next) => {
      code = next;
    },
    refusals: () => refusals,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
