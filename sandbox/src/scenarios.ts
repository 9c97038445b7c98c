import { readFileSync, readdirSync } from "node:fs";
import { parse } from "yaml";
import type { AlertInstance } from "./alerts.ts";
import type { Fate } from "./fates.ts";
import { isObject } from "./json.ts";
import type { Container, Labels } from "./kinds.ts";
import { baselines } from "./seed.ts";
import { controllerOf } from "./controllers/template.ts";
import type { World } from "./world.ts";

/** One file in `scenarios/`: what breaks, and the alerts by which one can tell that it did. */
export type Scenario = {
  readonly name: string;
  readonly says: string;
  /** A new revision of a deployment, whose containers have a fate of their own. `{n}` in the image is the number of the break. */
  readonly release?: {
    readonly namespace: string;
    readonly deployment: string;
    readonly image: string;
    readonly unsetEnv?: readonly string[];
    readonly env?: Labels;
    readonly fate: Fate;
  };
  /** Bad luck of pods that are running: the first so many of a deployment. */
  readonly pods?: {
    readonly namespace: string;
    readonly deployment: string;
    readonly count: number;
    readonly fate: Fate;
  };
  readonly nodeDown?: string;
  /** Labels of alerts that fire; the scenario is broken for as long as one of them does. */
  readonly fires: readonly Labels[];
};

export function loadScenarios(): Scenario[] {
  const folder = new URL("../scenarios/", import.meta.url);
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .sort();
  return files.map((file) => {
    const parsed: unknown = parse(readFileSync(new URL(file, folder), "utf8"));
    if (!isObject(parsed) || `${String(parsed["name"])}.yaml` !== file || !Array.isArray(parsed["fires"])) {
      throw new Error(
        `The scenario in sandbox/scenarios/${file} cannot be used: it needs its file's name, says, and the alerts that it fires.`,
      );
    }
    return parsed as Scenario;
  });
}

export function isFiring(scenario: Scenario, alerts: readonly AlertInstance[], which: "all" | "any"): boolean {
  const fires = (wanted: Labels): boolean =>
    alerts.some(
      (alert) =>
        alert.endsAt === undefined && Object.entries(wanted).every(([key, value]) => alert.labels[key] === value),
    );
  return which === "all" ? scenario.fires.every(fires) : scenario.fires.some(fires);
}

export function breakWith(world: World, scenario: Scenario, number: number): void {
  const { release, pods, nodeDown } = scenario;
  if (release !== undefined) publish(world, release, number);
  if (pods !== undefined) strike(world, pods);
  if (nodeDown !== undefined && !world.hidden.nodesDown.includes(nodeDown)) world.hidden.nodesDown.push(nodeDown);
}

function publish({ store, hidden }: World, release: NonNullable<Scenario["release"]>, number: number): void {
  const deployment = store.get("deployments", release.namespace, release.deployment);
  if (deployment === undefined)
    throw new Error(`there is no deployment ${release.namespace}/${release.deployment} to release`);
  const image = release.image.replace("{n}", String(number));
  hidden.images[image] = release.fate;
  store.update("deployments", deployment, (draft) => {
    const [first, ...rest] = draft.spec.template.spec.containers;
    if (first === undefined) return;
    draft.spec.template.spec.containers = [{ ...first, image, ...envOf(first, release) }, ...rest];
    draft.metadata.generation = (draft.metadata.generation ?? 0) + 1;
  });
}

function envOf(container: Container, { unsetEnv = [], env = {} }: NonNullable<Scenario["release"]>): object {
  const before = "env" in container && Array.isArray(container.env) ? container.env.filter(isObject) : [];
  const kept = before.filter(({ name }) => !unsetEnv.includes(String(name)) && !(String(name) in env));
  return { env: [...kept, ...Object.entries(env).map(([name, value]) => ({ name, value }))] };
}

function strike({ store, hidden }: World, { namespace, deployment, count, fate }: NonNullable<Scenario["pods"]>): void {
  const owner = store.get("deployments", namespace, deployment)?.metadata.uid;
  const sets = store
    .list("replicasets", namespace)
    .filter((rs) => controllerOf(rs) === owner)
    .map((rs) => rs.metadata.uid);
  const struck = store
    .list("pods", namespace)
    .filter((pod) => sets.includes(controllerOf(pod) ?? "") && pod.metadata.deletionTimestamp === undefined)
    // of a pod that has only just started nobody could say that it is stuck
    .toSorted((a, b) => Date.parse(a.metadata.creationTimestamp) - Date.parse(b.metadata.creationTimestamp));
  for (const pod of struck.slice(0, count)) hidden.pods[pod.metadata.uid] = fate;
}

/** Everything as it was: bad luck ends, nodes come back, and each deployment gets the spec that it had. */
export function healAll({ store, hidden }: World): void {
  for (const uid of Object.keys(hidden.pods)) delete hidden.pods[uid];
  hidden.nodesDown.length = 0;
  for (const node of store.list("nodes")) {
    store.update("nodes", node, (draft) => {
      delete draft.spec.unschedulable;
    });
  }
  for (const { namespace, name, spec } of baselines()) {
    const deployment = store.get("deployments", namespace, name);
    if (deployment === undefined)
      store.create("deployments", { metadata: { name, namespace, labels: { app: name } }, spec, status: {} });
    else restore({ store }, deployment, spec);
  }
}

function restore(
  { store }: Pick<World, "store">,
  deployment: Parameters<typeof store.update<"deployments">>[1],
  spec: typeof deployment.spec,
): void {
  const changed = store.update("deployments", deployment, (draft) => {
    draft.spec = structuredClone(spec);
  });
  if (changed.metadata.resourceVersion === deployment.metadata.resourceVersion) return;
  store.update("deployments", changed, (draft) => {
    draft.metadata.generation = (draft.metadata.generation ?? 0) + 1;
  });
}
