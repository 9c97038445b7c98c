import { allowanceOf, budgetsOf } from "../controllers/disruption.ts";
import { dying, isReady, markDeleted } from "../controllers/replicaset.ts";
import { isObject, shown } from "../json.ts";
import type { JsonObject } from "../json.ts";
import type { KubeObject, Pod } from "../kinds.ts";
import type { World } from "../world.ts";
import { admit } from "./admission.ts";
import { getObject } from "./read.ts";
import { json } from "./request.ts";
import type { Answer, ApiRequest, Target } from "./request.ts";
import { ApiRefusal, badRequest, conflict } from "./status.ts";
import { dryRunOf, parseJson } from "./write.ts";

type Options = { readonly dryRun: boolean; readonly preconditions: JsonObject; readonly graceSeconds: number };

export function deleteObject(world: World, target: Target, request: ApiRequest): Answer {
  const options = deleteOptions(request);
  const found = getObject(world, target);
  return json(200, remove(world, target, request, found, options));
}

/** The options of the body alone count as soon as there is a body: a `dryRun=All` in the query is then not read, and the object is deleted. */
function deleteOptions({ body, query }: ApiRequest): Options {
  if (body.trim() === "")
    return {
      dryRun: dryRunOf(query.getAll("dryRun"), "DeleteOptions"),
      preconditions: {},
      graceSeconds: Number(query.get("gracePeriodSeconds") ?? "30"),
    };
  return optionsOf(parseJson(body));
}

function optionsOf(body: unknown): Options {
  if (!isObject(body)) throw badRequest("the delete options are no object");
  const { dryRun = [], preconditions = {}, gracePeriodSeconds = 30 } = body;
  if (!Array.isArray(dryRun) || !isObject(preconditions)) throw badRequest("the delete options cannot be read");
  return { dryRun: dryRunOf(dryRun, "DeleteOptions"), preconditions, graceSeconds: Number(gracePeriodSeconds) };
}

function remove(
  world: World,
  target: Target,
  request: ApiRequest,
  found: KubeObject,
  options: Options,
): KubeObject | object {
  const { resource } = target;
  const { name, uid, resourceVersion } = found.metadata;
  const wanted = options.preconditions;
  if (wanted["uid"] !== undefined && wanted["uid"] !== uid) {
    throw conflict(
      resource.kind,
      name,
      `the UID in the precondition (${shown(wanted["uid"])}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  if (wanted["resourceVersion"] !== undefined && wanted["resourceVersion"] !== resourceVersion) {
    throw conflict(
      resource.kind,
      name,
      `the ResourceVersion in the precondition (${shown(wanted["resourceVersion"])}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
  }
  admit(request.user, { operation: "DELETE", target, name, dryRun: options.dryRun });
  const pod = resource.plural === "pods" ? world.store.get("pods", target.namespace, name) : undefined;
  if (pod !== undefined && options.graceSeconds > 0) {
    return options.dryRun ? dying(world, pod, options.graceSeconds) : markDeleted(world, pod, options.graceSeconds);
  }
  if (!options.dryRun) world.store.remove(resource.plural, found);
  if (pod !== undefined) return found;
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name, kind: resource.plural, uid },
  };
}

/** An eviction deletes the pod, but admission reads its dry run from the query and storage from the body as well. */
export function evict(world: World, target: Target, request: ApiRequest): Answer {
  const body = parseJson(request.body);
  const inner =
    isObject(body) && body["deleteOptions"] !== undefined ? optionsOf(body["deleteOptions"]) : optionsOf({});
  const asked = dryRunOf(request.query.getAll("dryRun"), "CreateOptions");
  const found = getObject(world, target);
  admit(request.user, { operation: "CREATE", target, name: found.metadata.name, dryRun: asked });
  const pod = world.store.get("pods", target.namespace, found.metadata.name);
  if (pod !== undefined) askBudget(world, pod);
  remove(world, target, request, found, { ...inner, dryRun: asked || inner.dryRun });
  return json(201, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
}

/** What does not run, or stops already, disrupts nothing. */
const NOT_RUNNING = ["Pending", "Failed", "Succeeded"];

/** A dry run is refused as well: the budget is asked before anything is stored. */
function askBudget(world: World, pod: Pod): void {
  if (NOT_RUNNING.includes(pod.status.phase) || pod.metadata.deletionTimestamp !== undefined) return;
  const [budget, another] = budgetsOf(world, pod);
  if (budget === undefined) return;
  if (another !== undefined) {
    const why = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    throw new ApiRefusal(500, "InternalError", why);
  }
  const { disruptionsAllowed, currentHealthy, desiredHealthy } = allowanceOf(world, budget);
  const spared =
    !isReady(pod) &&
    (budget.spec.unhealthyPodEvictionPolicy === "AlwaysAllow" ||
      (desiredHealthy > 0 && currentHealthy >= desiredHealthy));
  if (disruptionsAllowed > 0 || spared) return;
  const message = `The disruption budget ${budget.metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  const why = "Cannot evict pod as it would violate the pod's disruption budget.";
  throw new ApiRefusal(429, "TooManyRequests", why, { causes: [{ reason: "DisruptionBudget", message }] });
}
