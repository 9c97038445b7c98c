import type { ServerResponse } from "node:http";
import { expired } from "./api/read.ts";
import type { Watch } from "./api/request.ts";
import type { KubeObject } from "./kinds.ts";
import type { Change, Store } from "./store.ts";

/** Writes one watch as lines of JSON until it times out or the client goes. */
export function streamWatch(store: Store, watch: Watch, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" });
  response.flushHeaders();
  const send = (type: string, object: unknown): void => {
    if (!response.writableEnded) response.write(`${JSON.stringify({ type, object })}\n`);
  };
  const tell = (change: Change): void => {
    const seen = asSeen(watch, change);
    if (seen !== undefined) send(seen.type, seen.object);
  };
  if (watch.from === undefined) {
    for (const object of store.listAny(watch.plural).filter(watch.matches)) send("ADDED", object);
  } else {
    const missed = store.since(watch.from);
    if (missed === undefined) {
      send("ERROR", expired(watch.from).status);
      response.end();
      return;
    }
    for (const change of missed) tell(change);
  }
  const stop = store.watch(tell);
  const timer = setTimeout(() => response.end(), watch.timeoutMs);
  timer.unref();
  response.on("close", () => {
    clearTimeout(timer);
    stop();
  });
}

/** To a watch with a selector an object that no longer matches is deleted, and one that begins to match is added. */
function asSeen({ plural, matches }: Watch, change: Change): { type: string; object: KubeObject } | undefined {
  if (change.plural !== plural) return undefined;
  const was = change.before !== undefined && matches(change.before);
  const is = change.type !== "DELETED" && matches(change.object);
  if (!was && !is) return undefined;
  return { type: was ? (is ? "MODIFIED" : "DELETED") : "ADDED", object: change.object };
}
