import type { Pod } from "@holdfast/cluster";
import { nameValues, type ActionCall } from "@holdfast/schemas";
import { ago, clock, firstFailure, isActive, isReady, releasesOf, type LiveFacts, type Release } from "./facts.ts";
import { kube } from "./quotes.ts";
import type { Quote } from "./signature.ts";

/** Without a healthy older release beside it, a release is to blame only for what failed this soon after it. */
const SOON_MS = 30 * 60_000;
/** Kubernetes keeps whole seconds. */
const ROUNDING_MS = 1_000;

export type Blame = {
  readonly newest: Release;
  readonly older: Release;
  /** The older release serves beside the failing one: the surest sign there is. */
  readonly olderServes: boolean;
  readonly health: Quote;
};

/** Did it begin with the newest release? Only where nothing else fails, and it was created before the first failure. */
export function blameRelease(facts: LiveFacts, failing: readonly Pod[]): Blame | undefined {
  const [newest, ...rest] = releasesOf(facts);
  if (newest === undefined || failing.length === 0) return undefined;
  const older = rest.find(({ pods }) => pods.some(isActive)) ?? rest[0];
  if (older === undefined || !failing.every((pod) => newest.pods.includes(pod))) return undefined;
  const failure = firstFailure(facts, failing);
  if (failure !== undefined && failure + ROUNDING_MS < newest.createdAt) return undefined;
  const serving = older.pods.filter(isActive);
  const ready = serving.filter(isReady).length;
  if (serving.length > 0) {
    if (ready < serving.length) return undefined;
    return {
      newest,
      older,
      olderServes: true,
      health: kube(
        facts.pods,
        `${ready} of ${serving.length} pods of revision ${older.revision} are Ready; ${failing.length} of ${newest.pods.length} of revision ${newest.revision} fail`,
      ),
    };
  }
  if (failure === undefined || failure - newest.createdAt > SOON_MS) return undefined;
  return {
    newest,
    older,
    olderServes: false,
    health: kube(
      facts.pods,
      `no pod of revision ${older.revision} is left to show that it was healthy; the first failure, at ${clock(failure)}, came ${ago(newest.createdAt, failure)} after the release`,
    ),
  };
}

/**
 * Names the release to go back to: by the time that this is planned, "the one before" could be another. A Deployment that is
 * paused rolls nothing back.
 */
export function rollback({ target, deployment }: LiveFacts, blame: Blame | undefined): readonly ActionCall[] {
  if (blame === undefined || deployment?.of.spec?.paused === true) return [];
  return [
    {
      action: "rollback_deployment",
      arguments: nameValues({
        deployment: target.name,
        namespace: target.namespace ?? "",
        toTemplateOf: blame.older.name,
      }),
    },
  ];
}
