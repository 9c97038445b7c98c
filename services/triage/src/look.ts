import type { ClusterReader, Kind, KubeObject, ListOptions } from "@holdfast/cluster";
import type { LiveFacts, PreviousLog, Read } from "./facts.ts";
import type { Redactor } from "@holdfast/redact";

const LOG_LINES = 60;
const LOG_BYTES = 32 * 1024;

export type Gap = LiveFacts["gaps"][number];

/** Reads of the cluster, redacted, each with its question and time. What fails is a gap. */
export type Look = {
  readonly one: <T extends KubeObject>(
    kind: Kind,
    namespace: string | null,
    name: string,
  ) => Promise<Read<T> | undefined>;
  readonly many: <T extends KubeObject>(
    kind: Kind,
    options: ListOptions,
    wanted?: (one: T) => boolean,
  ) => Promise<Read<readonly T[]>>;
  /** @param previous false for a container that has ended for good. */
  readonly log: (
    namespace: string,
    pod: string,
    container: string,
    previous: boolean,
  ) => Promise<PreviousLog | undefined>;
};

export function lookWith(
  reader: ClusterReader,
  { text, object: redacted }: Redactor,
  now: () => number,
  gaps: Gap[],
  signal: AbortSignal,
): Look {
  const attempt = async <T>(query: string, read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read();
    } catch (error) {
      gaps.push({ query, why: text(error instanceof Error ? error.message : "no reason given").slice(0, 300) });
      return undefined;
    }
  };
  return {
    one: async <T extends KubeObject>(kind: Kind, namespace: string | null, name: string) => {
      const query = `kubectl ${namespace === null ? "" : `-n ${namespace} `}get ${kind.toLowerCase()} ${name}`;
      const of = await attempt(query, () => reader.get<T>({ kind, namespace, name }, signal));
      return of === undefined ? undefined : { of: redacted(of), query, readAt: now() };
    },
    many: async <T extends KubeObject>(kind: Kind, options: ListOptions, wanted: (one: T) => boolean = () => true) => {
      const query = queryOf(kind, options);
      const of = await attempt(query, () => reader.list<T>(kind, options, signal));
      return { of: (of ?? []).filter(wanted).map((one) => redacted(one)), query, readAt: now() };
    },
    log: async (namespace, pod, container, previous) => {
      const query = `kubectl -n ${namespace} logs ${pod} -c ${container}${previous ? " --previous" : ""} --tail=${LOG_LINES}`;
      const raw = await attempt(query, () =>
        reader.logs({ namespace, pod, container, previous, tailLines: LOG_LINES, limitBytes: LOG_BYTES }, signal),
      );
      return raw === undefined ? undefined : { of: text(wholeLines(raw)), query, readAt: now(), pod, container };
    },
  };
}

function queryOf(kind: Kind, { namespace, labelSelector, fieldSelector }: ListOptions): string {
  const where = namespace === undefined ? "-A " : `-n ${namespace} `;
  return `kubectl ${where}get ${kind.toLowerCase()}s${labelSelector ? ` -l '${labelSelector}'` : ""}${fieldSelector ? ` --field-selector ${fieldSelector}` : ""}`;
}

/** A line that was cut could hold the half of a secret, which no rule knows. */
function wholeLines(raw: string): string {
  return Buffer.byteLength(raw) < LOG_BYTES ? raw : raw.slice(0, raw.lastIndexOf("\n") + 1);
}
