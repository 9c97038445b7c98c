import type { Answer, ClusterReader, Deployment } from "@holdfast/cluster";
import type { BackOut, Fact, Plan } from "@holdfast/schemas";
import type { Change, Check, World } from "./action.ts";
import { PAUSED, deploymentFacts, liveDeployment, templatePatch } from "./deployment-change.ts";
import { withRevisions, type LiveDeployment } from "./deployment.ts";
import { factNamed, kubeFact } from "./fact.ts";
import { ownerOf } from "./owner.ts";
import { isReady, podNames, printOf, staying } from "./pods.ts";
import { presentState } from "./present-state.ts";
import { sameJson } from "./same-json.ts";
import { sealedValue, TEMPLATE, type Arrived } from "./sealed-patch.ts";

/** What pausing a rollout and resuming it have in common. */

const GENERATION = "generation";

/** Pods that the rollout still has to replace, and how many of the present template are missing. */
export function outstanding({ pods, present, replicas }: LiveDeployment) {
  const old = staying(pods).filter((pod) => !present?.pods.includes(pod));
  return { old, missing: Math.max(0, replicas - staying(present?.pods ?? []).length) };
}

export function pauseChange(
  found: LiveDeployment,
  paused: boolean,
  words: Pick<Change, "touches" | "podsAffected" | "notUndone"> & { readonly backOut: BackOut },
  { cluster, now }: World,
): Change {
  const { namespace, name, uid, object } = found;
  return {
    target: { cluster, namespace, kind: "Deployment", name, uid },
    subject: `${cluster}/${namespace}/Deployment/${name}`,
    podsAffected: words.podsAffected,
    pods: words.podsAffected === 0 ? [] : podNames(outstanding(found).old),
    request: templatePatch(found, { op: "add", path: PAUSED, value: paused }),
    before: { spec: { paused: object.spec?.paused ?? null } },
    after: { spec: { paused } },
    now: presentState(found),
    touches: words.touches,
    backOut: words.backOut,
    notUndone: words.notUndone,
    owner: ownerOf(object),
    facts: [kubeFact(GENERATION, generationOf(object), now()), ...deploymentFacts(found, now())],
  };
}

/** The template that was seen, paused or not as sealed. */
export function pausedAs(paused: boolean): Arrived {
  return (spec, sealed) =>
    (spec?.paused ?? false) === paused && sameJson(spec?.template, sealedValue(sealed.request, "test", TEMPLATE));
}

export function pauseLanded(paused: boolean) {
  return async (sealed: Plan, live: ClusterReader, signal?: AbortSignal): Promise<"yes" | "no" | "cannot-tell"> => {
    const object = await liveDeployment(sealed, live, signal);
    if (!object) return "cannot-tell";
    if (pausedAs(paused)(object.spec, sealed)) return "yes";
    // The same generation: nobody wrote it since, so it was not paused and resumed in between either.
    return generationOf(object) === factNamed(sealed.facts, GENERATION) ? "no" : "cannot-tell";
  };
}

/** Done when the controller has seen it and moves no pod any more. Pods that crash go on crashing, so only serving ones print. */
export async function pauseVerify(
  sealed: Plan,
  live: ClusterReader,
  _answer: Answer | undefined,
  { now }: World,
  signal?: AbortSignal,
): Promise<Check> {
  const object = await liveDeployment(sealed, live, signal);
  const { namespace, name } = sealed.target;
  if (!object || namespace === null) return failed(`The Deployment ${name} is gone, or another took its name.`);
  if (!pausedAs(true)(object.spec, sealed)) return failed(`The rollout of ${name} is no longer paused as it was seen.`);
  const found = await withRevisions(live, object, namespace, name, signal);
  const state = presentState(found);
  const observed: readonly Fact[] = [kubeFact("pods", state, now())];
  const print = `${object.status?.updatedReplicas ?? 0} of the new template; ${printOf(found.pods.filter(isReady))}`;
  if ((object.metadata?.generation ?? 0) > (object.status?.observedGeneration ?? 0))
    return { outcome: "pending", says: `${state}; the controller has not seen the pause yet.`, print, observed };
  return { outcome: "healthy", says: `The rollout is paused; ${state}.`, print, observed };
}

function failed(says: string): Check {
  return { outcome: "failed", says, print: "", observed: [] };
}

function generationOf({ metadata }: Deployment): string {
  return String(metadata?.generation ?? 0);
}
