import { recordEvent } from "../events.ts";
import type { Deployment, ReplicaSet } from "../kinds.ts";
import type { World } from "../world.ts";
import { bounds } from "./rolling-bounds.ts";
import { deploymentStatus } from "./deployment-status.ts";
import { HASH, REVISION, REVISION_HISTORY, replicaSetsOf, revisionOf, sameTemplate, templateHash } from "./template.ts";

/** The rolling update as the real deployment controller does it, one step a tick. */
export function syncDeployments(world: World): void {
  for (const deployment of world.store.list("deployments")) syncDeployment(world, deployment);
}

function syncDeployment(world: World, deployment: Deployment): void {
  const { store } = world;
  const paused = deployment.spec.paused === true;
  const current = paused ? currentOf(deployment, replicaSetsOf(store, deployment)) : ensureCurrent(world, deployment);
  if (paused) scaleWhilePaused(world, deployment);
  else if (current !== undefined) roll(world, deployment, current);
  const owned = replicaSetsOf(store, deployment);
  const name = current?.metadata.name;
  const observed = owned.find((rs) => rs.metadata.name === name);
  store.update("deployments", deployment, (draft) => {
    if (observed !== undefined && !paused) {
      draft.metadata.annotations = { ...draft.metadata.annotations, [REVISION]: String(revisionOf(observed)) };
    }
    draft.status = deploymentStatus(draft, owned, observed, world.now());
  });
  if (!paused) forgetOldRevisions(world, deployment, owned, name);
}

function currentOf(deployment: Deployment, owned: ReplicaSet[]): ReplicaSet | undefined {
  return owned.find((rs) => sameTemplate(rs.spec.template, deployment.spec.template));
}

/** The ReplicaSet of the present template; one that was there before gets the next revision and remembers the old one. */
function ensureCurrent(world: World, deployment: Deployment): ReplicaSet | undefined {
  const owned = replicaSetsOf(world.store, deployment);
  const found = currentOf(deployment, owned);
  if (found === undefined) return createReplicaSet(world, deployment, Math.max(0, ...owned.map(revisionOf)) + 1);
  const newest = Math.max(0, ...owned.filter((rs) => rs !== found).map(revisionOf));
  const revision = revisionOf(found);
  if (revision > newest) return found;
  return world.store.update("replicasets", found, ({ metadata }) => {
    const history = [metadata.annotations?.[REVISION_HISTORY], revision === 0 ? undefined : String(revision)];
    metadata.annotations = {
      ...metadata.annotations,
      [REVISION]: String(newest + 1),
      [REVISION_HISTORY]: history.filter((entry) => entry !== undefined).join(","),
    };
  });
}

function createReplicaSet({ store }: World, deployment: Deployment, revision: number): ReplicaSet | undefined {
  const { name, namespace, uid } = deployment.metadata;
  const hash = templateHash(deployment.spec.template);
  const template = structuredClone(deployment.spec.template);
  const labels = { ...template.metadata.labels, [HASH]: hash };
  template.metadata = { ...template.metadata, labels };
  const { selector } = deployment.spec;
  store.create("replicasets", {
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels,
      annotations: { ...ownAnnotations(deployment), ...limits(deployment), [REVISION]: String(revision) },
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "Deployment", name, uid, controller: true, blockOwnerDeletion: true },
      ],
    },
    spec: { replicas: 0, selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH]: hash } }, template },
    status: { replicas: 0 },
  });
  return store.get("replicasets", namespace, `${name}-${hash}`);
}

function ownAnnotations(deployment: Deployment): Record<string, string> {
  const {
    [REVISION]: _r,
    "kubectl.kubernetes.io/last-applied-configuration": _l,
    ...rest
  } = deployment.metadata.annotations ?? {};
  return rest;
}

function limits(deployment: Deployment): Record<string, string> {
  const { replicas, surge } = bounds(deployment);
  return {
    "deployment.kubernetes.io/desired-replicas": String(replicas),
    "deployment.kubernetes.io/max-replicas": String(replicas + surge),
  };
}

function roll(world: World, deployment: Deployment, current: ReplicaSet): void {
  const { replicas, surge, unavailable } = bounds(deployment);
  const old = replicaSetsOf(world.store, deployment).filter((rs) => rs.metadata.uid !== current.metadata.uid);
  const wanted = current.spec.replicas ?? 0;
  const all = sum([...old, current].map((rs) => rs.spec.replicas ?? 0));
  if (wanted > replicas) return scale(world, deployment, current, replicas);
  const room = Math.min(Math.max(0, replicas + surge - all), replicas - wanted);
  if (room > 0) return scale(world, deployment, current, wanted + room);
  const minAvailable = replicas - unavailable;
  let spare = all - minAvailable - (wanted - (current.status.availableReplicas ?? 0));
  let availableSpare = sum([...old, current].map((rs) => rs.status.availableReplicas ?? 0)) - minAvailable;
  for (const rs of old) {
    const has = rs.spec.replicas ?? 0;
    const sick = Math.min(Math.max(0, spare), has - Math.min(has, rs.status.availableReplicas ?? 0));
    const healthy = Math.min(Math.max(0, Math.min(spare - sick, availableSpare)), has - sick);
    spare -= sick + healthy;
    availableSpare -= healthy;
    if (sick + healthy > 0) scale(world, deployment, rs, has - sick - healthy);
  }
}

function scaleWhilePaused(world: World, deployment: Deployment): void {
  const active = replicaSetsOf(world.store, deployment).filter((rs) => (rs.spec.replicas ?? 0) > 0);
  const [only] = active;
  const { replicas } = bounds(deployment);
  if (active.length === 1 && only !== undefined && only.spec.replicas !== replicas)
    scale(world, deployment, only, replicas);
}

function scale(world: World, deployment: Deployment, rs: ReplicaSet, replicas: number): void {
  const before = rs.spec.replicas ?? 0;
  world.store.update("replicasets", rs, (draft) => {
    draft.spec.replicas = replicas;
    draft.metadata.generation = (draft.metadata.generation ?? 0) + 1;
    draft.metadata.annotations = { ...draft.metadata.annotations, ...limits(deployment) };
  });
  recordEvent(world, {
    about: deployment,
    type: "Normal",
    reason: "ScalingReplicaSet",
    message: `Scaled ${replicas > before ? "up" : "down"} replica set ${rs.metadata.name} from ${before} to ${replicas}`,
    component: "deployment-controller",
  });
}

function forgetOldRevisions(
  { store }: World,
  deployment: Deployment,
  owned: ReplicaSet[],
  current: string | undefined,
): void {
  const empty = owned.filter(
    (rs) => rs.metadata.name !== current && rs.spec.replicas === 0 && rs.status.replicas === 0,
  );
  const surplus = empty.length - (deployment.spec.revisionHistoryLimit ?? 10);
  for (const rs of empty.sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, surplus))) {
    store.remove("replicasets", rs);
  }
}

function sum(numbers: number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
