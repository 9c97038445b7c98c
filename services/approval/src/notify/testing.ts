import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** For the tests of the notifier: a target that answers over HTTP as real ones do, and as they should not. */

export type Heard = {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
};
export type Peer = { readonly url: string; readonly heard: Heard[]; answer: (res: ServerResponse) => void };

export async function openPeer(answer: Peer["answer"] = (res) => void res.writeHead(200).end("ok")): Promise<Peer> {
  const heard: Heard[] = [];
  const hear = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    heard.push({ path: req.url ?? "", headers: req.headers, body: (await json(req)) as Heard["body"] });
    peer.answer(res);
  };
  const server = createServer((req, res) => void hear(req, res));
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  const peer: Peer = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, heard, answer };
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return peer;
}
