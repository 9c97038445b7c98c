import type { Action, Change, Planning } from "@holdfast/actions";
import { ForbiddenError, type ClusterReader, type DryRunner } from "@holdfast/cluster";
import type { Env } from "@holdfast/guard";
import { recordOf, type Drafted, type Plan, type Ruling, type Scope, type Target } from "@holdfast/schemas";
import { secretRuling } from "./secrets.ts";
import type { Users } from "./users.ts";

/** What the planner reads. `dryRunner` is absent where policy's credential can only read. */
export type Planner = {
  readonly cluster: string;
  readonly catalogue: ReadonlyMap<string, Action>;
  readonly reader: ClusterReader;
  readonly dryRunner: DryRunner | undefined;
  readonly users: Users;
  readonly environmentOf: (cluster: string, namespace?: string) => Env;
  readonly requestBytesMax: number;
  readonly now: () => Date;
};

/** Where a draft would act, as far as code could tell: what a denial shows. */
export type Place = { readonly target: Target; readonly environment: Env; readonly scope: Exclude<Scope, "UNKNOWN"> };

export type Planned =
  | {
      readonly outcome: "planned";
      readonly place: Place;
      readonly plan: Plan;
      readonly reversible: boolean;
      readonly hasBackOut: boolean;
    }
  | {
      readonly outcome: "refused";
      readonly place: Place;
      readonly rulings: readonly Ruling[];
      readonly plan: Plan | null;
    };

/**
 * Plans a draft from the live object: the exact request, what it touches and what undoes it. Of the draft only the action's
 * name and its arguments are read; whatever else it claims decides nothing.
 */
export async function plan(planner: Planner, draft: Drafted, signal: AbortSignal): Promise<Planned> {
  const action = planner.catalogue.get(draft.action);
  if (action === undefined)
    return refused(
      unknownPlace(draft),
      "unknown-action",
      `Holdfast has no action called ${draft.action}: the catalogue is closed.`,
    );
  const input = action.input.safeParse(argumentsOf(draft));
  if (!input.success)
    return refused(
      unknownPlace(draft),
      "arguments-invalid",
      `The arguments of ${draft.action} are not what it takes: ${issuesOf(input.error.issues)}.`,
    );
  const place = placeOf(planner, action, input.data);
  const planning = await change(planner, action, input.data, signal);
  if (planning.outcome === "refused") return refused(place, planning.rule, planning.reason);
  const planned = planning.change;
  if (planned.request.body.length > planner.requestBytesMax) {
    return refused(
      place,
      "request-too-large",
      `The request has ${planned.request.body.length} bytes, and at most ${planner.requestBytesMax} may be sealed.`,
    );
  }
  const secret = secretRuling(action, input.data, planned);
  if (secret !== undefined)
    return { outcome: "refused", place: { ...place, target: planned.target }, rulings: [secret], plan: null };
  const [users, dry] = await Promise.all([planner.users(planned.target, signal), dryRun(planner, planned, signal)]);
  const sealed = sealedPlan(planner, action, draft, planned, place.environment, users, dry);
  const located = { ...place, target: planned.target };
  if (dry.refused !== undefined) return { outcome: "refused", place: located, rulings: [dry.refused], plan: sealed };
  return {
    outcome: "planned",
    place: located,
    plan: sealed,
    reversible: action.reversible,
    hasBackOut: planned.backOut !== undefined,
  };
}

/** What policy may not even read, nobody may change through it. */
async function change(
  planner: Planner,
  action: Action,
  input: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Planning> {
  try {
    return await action.plan(planner.reader, input, planner, signal);
  } catch (cause) {
    if (cause instanceof ForbiddenError) return { outcome: "refused", rule: "not-permitted", reason: cause.message };
    throw cause;
  }
}

type Dry = { readonly dryRun: "passed" | "not_run"; readonly says: string; readonly refused?: Ruling };

async function dryRun({ dryRunner, now }: Planner, { request }: Change, signal: AbortSignal): Promise<Dry> {
  if (dryRunner === undefined) return { dryRun: "not_run", says: "not dry-run: policy's credential only reads here" };
  const answer = await dryRunner.dryRun(request, signal);
  if (answer.status >= 200 && answer.status < 300)
    return { dryRun: "passed", says: `dry run ok ${now().toISOString().slice(11, 19)} UTC` };
  // What the server could not judge now is asked again; what it refused is refused.
  if (answer.status >= 500 && answer.status !== 501)
    throw new Error(`the API server could not judge the dry run: ${answer.says}`);
  const ruling = { rule: "dry-run-refused", reason: `The API server refuses this change: ${answer.says}`, hard: true };
  return { dryRun: "not_run", says: `dry run refused: ${answer.says}`, refused: ruling };
}

function sealedPlan(
  { now }: Planner,
  action: Action,
  draft: Drafted,
  change: Change,
  environment: Env,
  users: string,
  dry: Dry,
): Plan {
  return {
    action: action.name,
    arguments: draft.arguments,
    target: change.target,
    environment,
    scope: action.scope,
    subject: change.subject,
    podsAffected: change.podsAffected,
    pods: change.pods,
    reversible: action.reversible,
    request: change.request,
    before: Buffer.from(JSON.stringify(change.before)),
    after: Buffer.from(JSON.stringify(change.after)),
    now: change.now,
    touches: change.touches,
    backOut: change.backOut ?? { kind: "UNKNOWN", command: null, action: null, because: "nothing undoes this change" },
    notUndone: change.notUndone,
    owner: change.owner,
    users,
    dryRun: dry.dryRun,
    dryRunSays: dry.says,
    facts: change.facts,
    plannedAt: now().getTime(),
  };
}

function placeOf({ cluster, environmentOf }: Planner, action: Action, input: Readonly<Record<string, string>>): Place {
  const { kind, namespace, name } = action.subject(input);
  // What reaches beyond one namespace has the strictest environment of its cluster.
  const within = action.scope === "cluster" ? undefined : (namespace ?? undefined);
  return {
    target: { cluster, namespace, kind, name, uid: null },
    environment: environmentOf(cluster, within),
    scope: action.scope,
  };
}

/** Doubt is the strictest place there is. */
function unknownPlace({ target }: Drafted): Place {
  return { target, environment: "prod", scope: "cluster" };
}

function refused(place: Place, rule: string, reason: string): Planned {
  return { outcome: "refused", place, rulings: [{ rule, reason, hard: true }], plan: null };
}

function argumentsOf(draft: Drafted): unknown {
  try {
    return recordOf(draft.arguments);
  } catch {
    return undefined; // one name twice: no input schema takes it
  }
}

function issuesOf(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): string {
  return issues
    .slice(0, 3)
    .map(({ path, message }) => `${path.map(String).join(".") || "the arguments"}: ${message}`)
    .join("; ");
}
