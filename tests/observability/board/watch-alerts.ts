import { setTimeout as sleep } from "node:timers/promises";
import type { Prometheus } from "./prometheus.ts";

/** Every alert that fires while this is open, by its name, with what it said first. */
export function watchAlerts(
  prometheus: Pick<Prometheus, "firing">,
  say: (what: string) => void,
): AsyncDisposable & { readonly summaries: ReadonlyMap<string, string> } {
  const summaries = new Map<string, string>();
  const stop = new AbortController();
  const watching = (async (): Promise<void> => {
    while (!stop.signal.aborted) {
      for (const { name, summary } of await prometheus.firing().catch(() => [])) {
        if (summaries.has(name)) continue;
        summaries.set(name, summary);
        say(`  ALERT ${name}: ${summary}`);
      }
      await sleep(1_000);
    }
  })();
  return {
    summaries,
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await watching;
    },
  };
}
