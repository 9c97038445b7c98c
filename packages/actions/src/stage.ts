import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, Cluster } from "@holdfast/cluster";
import type { Plan } from "@holdfast/schemas";
import type { Action, Check, World } from "./action.ts";
import { catalogue } from "./catalogue.ts";
import { planOf } from "./example-cluster.ts";
import { misshown } from "./shown.ts";

/** What tests do with the credentials that the services have, against a cluster that moves. */

export const NOW: World = { cluster: "sandbox", now: () => new Date() };

type Given = Readonly<Record<string, string>>;

export type Clusters = { readonly policy: Cluster; readonly executor: Cluster; readonly admin: Cluster };

export type Stage = Clusters & {
  readonly sealed: (name: string, given: Given) => Promise<Plan>;
  /** @returns the rule that refuses it. */
  readonly refusal: (name: string, given: Given) => Promise<string>;
  readonly settled: (name: string, plan: Plan, answer: Answer) => Promise<Check>;
  readonly patch: (path: string, body: unknown) => Promise<Answer>;
  readonly create: (collection: string, body: unknown) => Promise<Answer>;
  readonly podOf: (namespace: string, app: string, ready: boolean) => Promise<string>;
};

export function named(name: string): Action {
  const action = catalogue.get(name);
  if (!action) throw new Error(`no action ${name}`);
  return action;
}

export async function until(so: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await so())) await sleep(100);
}

export function stageOn({ policy, executor, admin }: Clusters): Stage {
  async function sealed(name: string, given: Given): Promise<Plan> {
    const planning = await named(name).plan(policy.reader, given, NOW);
    if (planning.outcome === "refused") throw new Error(planning.reason);
    const { verb, path } = planning.change.request;
    const door = named(name).door(given);
    if (door.verb !== verb || door.path !== path)
      throw new Error(`${name} goes to ${verb} ${path}, and not to its door`);
    const plan = planOf(planning.change, name);
    const why = misshown(plan);
    if (why !== undefined) throw new Error(`${name}: ${why}`);
    return plan;
  }

  async function refusal(name: string, given: Given): Promise<string> {
    const planning = await named(name).plan(policy.reader, given, NOW);
    return planning.outcome === "refused" ? planning.rule : planning.outcome;
  }

  async function settled(name: string, plan: Plan, answer: Answer): Promise<Check> {
    for (;;) {
      const check = await named(name).verify(plan, executor.reader, answer, NOW);
      if (check.outcome !== "pending") return check;
      await sleep(100);
    }
  }

  const send = (verb: string, path: string, contentType: string, body: unknown) =>
    admin.sender.send({ verb, path, contentType, body: Buffer.from(JSON.stringify(body)) }, 5_000);

  async function podOf(namespace: string, app: string, ready: boolean): Promise<string> {
    const pods = await policy.reader.list<Pods>("Pod", { namespace });
    const found = pods.find(
      ({ metadata, status }) =>
        metadata?.name?.startsWith(`${app}-`) &&
        status?.conditions?.some((each) => each.type === "Ready" && (each.status === "True") === ready),
    );
    if (!found?.metadata?.name) throw new Error(`no such pod of ${app}`);
    return found.metadata.name;
  }

  return {
    policy,
    executor,
    admin,
    sealed,
    refusal,
    settled,
    patch: (path, body) => send("PATCH", path, "application/merge-patch+json", body),
    create: (path, body) => send("POST", path, "application/json", body),
    podOf,
  };
}

type Pods = {
  readonly metadata?: { readonly name?: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
};

/** What RBAC calls a request: "patch deployments/scale". */
export function rightOf(method: string, path: string): string {
  const inside = path.replace(/\?.*$/, "").replace(/^\/(?:api|apis\/[^/]+)\/v[0-9]+\/(?:namespaces\/[^/]+\/)?/, "");
  const [resource = "", name, subresource] = inside.split("/");
  const verb = { GET: name === undefined ? "list" : "get", POST: "create" }[method] ?? method.toLowerCase();
  return `${verb} ${subresource === undefined ? resource : `${resource}/${subresource}`}`;
}
