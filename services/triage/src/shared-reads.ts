import type { ClusterReader, KubeObject } from "@holdfast/cluster";

const SHARED_MS = 1_000;

/**
 * What many investigations ask alike is read once a second: all the events of a namespace, its autoscalers, a node. In a
 * storm each investigation would read the events of all the others. What is about one workload is always read anew.
 */
export function withSharedReads(reader: ClusterReader, now: () => number): ClusterReader {
  const lists = openShared<readonly KubeObject[]>(now);
  const nodes = openShared<KubeObject | undefined>(now);
  return {
    ...reader,
    get: async <T extends KubeObject>(ref: Parameters<ClusterReader["get"]>[0], signal?: AbortSignal) => {
      if (ref.kind !== "Node") return await reader.get<T>(ref, signal);
      return (await nodes(ref.name, () => reader.get(ref), signal)) as T | undefined; // the answer to this very question
    },
    list: async <T extends KubeObject>(...[kind, options, signal]: Parameters<ClusterReader["list"]>) => {
      if (options.labelSelector !== undefined || options.fieldSelector !== undefined)
        return await reader.list<T>(kind, options, signal);
      const question = JSON.stringify([kind, options.namespace, options.limit]);
      return (await lists(question, () => reader.list(kind, options), signal)) as readonly T[]; // the answer to this very question
    },
  };
}

type Shared<V> = (question: string, ask: () => Promise<V>, signal: AbortSignal | undefined) => Promise<V>;

/** Who asks while an answer is under way or fresh shares it, so no single one of them may stop it; a failure is not kept. */
function openShared<V>(now: () => number): Shared<V> {
  const asked = new Map<string, { readonly at: number; readonly answer: Promise<V> }>();
  const forget = (): void => {
    for (const [question, { at }] of asked) {
      if (now() - at < SHARED_MS) return;
      asked.delete(question);
    }
  };
  return async (question, ask, signal) => {
    forget();
    const known = asked.get(question) ?? { at: now(), answer: ask() };
    asked.set(question, known);
    try {
      return await known.answer;
    } catch (error) {
      if (asked.get(question) === known) asked.delete(question);
      throw error;
    } finally {
      signal?.throwIfAborted();
    }
  };
}
