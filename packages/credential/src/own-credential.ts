import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { undeclaredRights, type ClusterReader, type Right, type SelfReview } from "@holdfast/cluster";
import { retrying, type Log } from "@holdfast/service";

type Credential = {
  readonly service: string;
  /** The data folder: it remembers its cluster, and who each service is there. */
  readonly data: string;
  readonly reader: Pick<ClusterReader, "identity">;
  readonly selfReview: SelfReview;
  readonly declared: readonly Right[];
  readonly namespaces: readonly string[];
  readonly signal: AbortSignal;
  readonly log: Log;
};

/**
 * Before a service acts: the cluster is the one that this data folder belongs to, the user is no other service's, and the
 * credential may nothing beyond what its service declares. A cluster that does not answer yet is asked again.
 * @throws with a sentence for each of them.
 */
export async function proveCredential({
  service,
  data,
  reader,
  selfReview,
  declared,
  namespaces,
  signal,
  log,
}: Credential): Promise<void> {
  const asked = await retrying(
    "ask the cluster who this service is there",
    async (stop) => ({
      cluster: await reader.identity(stop),
      user: await selfReview.user(stop),
      undeclared: await undeclaredRights(selfReview, declared, namespaces, stop),
    }),
    { signal, log },
  );
  const { cluster, user, undeclared } = asked;
  if (undeclared.length > 0) throw new Error(undeclared.join(" "));
  const known = remembered(join(data, "cluster.uid"), cluster);
  if (known !== cluster) {
    throw new Error(
      `This data folder belongs to the cluster with the uid ${known}, and this one is ${cluster}. Nothing was started. Set HOLDFAST_DATA to a folder of its own, or HOLDFAST_CLUSTER to the other cluster.`,
    );
  }
  const other = sharing(join(data, "identities"), service, user);
  if (other !== undefined)
    throw new Error(
      `${service} and ${other} are the same user in the cluster, ${user}. Nothing was started: whatever drafts or plans must not be able to act. Give each service a credential of its own.`,
    );
}

/**
 * What the file says, after it was written by whoever came first.
 * INVARIANT: under the name there is a whole file or none. Several services start at once, and an empty one that a kill
 * left would be a cluster that no start is right for.
 */
function remembered(path: string, text: string): string {
  const next = `${path}.${process.pid}.next`;
  writeFileSync(next, text);
  try {
    linkSync(next, path);
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "EEXIST")) throw cause;
  } finally {
    rmSync(next);
  }
  return readFileSync(path, "utf8");
}

function sharing(folder: string, service: string, user: string): string | undefined {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, service), user);
  return readdirSync(folder).find((other) => other !== service && readFileSync(join(folder, other), "utf8") === user);
}
