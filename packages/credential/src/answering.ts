import { ForbiddenError, type ClusterReader } from "@holdfast/cluster";

const ANSWER_MS_MAX = 2_000;

/** That the cluster answers. One that refuses to say which it is answers too: not every credential may ask. */
export async function answering(reader: Pick<ClusterReader, "identity">): Promise<void> {
  try {
    await reader.identity(AbortSignal.timeout(ANSWER_MS_MAX));
  } catch (error) {
    if (!(error instanceof ForbiddenError)) throw error;
  }
}
