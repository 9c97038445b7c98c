import {
  ForbiddenError,
  type ClusterReader,
  type Deployment,
  type Kind,
  type KubeObject,
  type Node,
  type Pod,
} from "@holdfast/cluster";
import { nameOf } from "./facts.ts";
import type { Listed } from "./signs.ts";

/** What a scan could see, and the sentence of each place that it could not look into. */
export type Seen = { readonly listed: Listed; readonly unread: readonly string[] };
export type ListCluster = (signal: AbortSignal) => Promise<Seen>;

/**
 * Lists the whole cluster where the credential may, and otherwise the namespaces that it may read.
 *
 * @param known namespaces to try where namespaces cannot be listed either.
 */
export function clusterLister(reader: ClusterReader, known: readonly string[]): ListCluster {
  return async (signal) => {
    const unread: string[] = [];
    const many = async <T extends KubeObject>(kind: Kind, namespace?: string): Promise<readonly T[] | undefined> => {
      try {
        return await reader.list<T>(kind, namespace === undefined ? {} : { namespace }, signal);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ForbiddenError)) throw error;
        return undefined;
      }
    };
    const everywhere = async <T extends KubeObject>(kind: Kind): Promise<readonly T[]> => {
      const whole = await many<T>(kind);
      if (whole !== undefined) return whole;
      const names = (await many<KubeObject>("Namespace"))?.map(nameOf) ?? known;
      const parts = await Promise.all(names.map((name) => many<T>(kind, name)));
      const read = parts.filter((part) => part !== undefined);
      if (read.length === 0) unread.push(`This credential may list ${kind}s in no namespace that is known here.`);
      return read.flat();
    };
    const nodes = await many<Node>("Node");
    if (nodes === undefined) unread.push("This credential may not list Nodes, so no node is looked at.");
    const [deployments, pods] = [await everywhere<Deployment>("Deployment"), await everywhere<Pod>("Pod")];
    return { listed: { nodes: nodes ?? [], deployments, pods }, unread };
  };
}
