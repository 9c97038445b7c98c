import { ForbiddenError, type ClusterReader } from "@holdfast/cluster";

const LABEL = "holdfast.dev/logs";
/** How long an answer is good for: a label that is set counts within a minute. */
const GOOD_MS = 60_000;
const NAMESPACES_MAX = 1_000;

/**
 * Reads no log of a namespace that is labelled `holdfast.dev/logs: never`. It fails closed: where the namespace itself
 * cannot be read, nobody knows what its label says, and its logs are not read either.
 */
export function withLogConsent(reader: ClusterReader, now: () => number): ClusterReader {
  const asked = new Map<string, { readonly at: number; readonly refusal: string | undefined }>();
  const refusalOf = async (namespace: string, signal: AbortSignal | undefined): Promise<string | undefined> => {
    const known = asked.get(namespace);
    if (known !== undefined && now() - known.at < GOOD_MS) return known.refusal;
    const refusal = await read(reader, namespace, signal);
    if (asked.size >= NAMESPACES_MAX) asked.clear();
    asked.set(namespace, { at: now(), refusal });
    return refusal;
  };
  return {
    ...reader,
    logs: async (options, signal) => {
      const refusal = await refusalOf(options.namespace, signal);
      if (refusal !== undefined) throw new Error(refusal);
      return reader.logs(options, signal);
    },
  };
}

/** The sentence that says why its logs are not read; anything but a refusal is thrown, and asked again. */
async function read(reader: ClusterReader, name: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  try {
    const found = await reader.get({ kind: "Namespace", namespace: null, name }, signal);
    if (found === undefined) return `There is no namespace ${name}, so it has no logs.`;
    return found.metadata?.labels?.[LABEL] === "never"
      ? `No log of ${name} is read: the namespace is labelled ${LABEL}: never.`
      : undefined;
  } catch (error) {
    if (!(error instanceof ForbiddenError)) throw error;
    return `No log of ${name} is read: this credential may not get the namespace, and its label ${LABEL} could forbid it. Grant get on that namespace.`;
  }
}
