import type { PodTemplate } from "@holdfast/cluster";
import type { Plan, SealedRequest } from "@holdfast/schemas";
import { isRecord } from "./same-json.ts";

export type Operation = { readonly op: "test" | "add" | "replace"; readonly path: string; readonly value: unknown };

/** The server checks every field name, and writes down who changed it. */
const STRICT = "fieldManager=holdfast&fieldValidation=Strict";

export const TEMPLATE = "/spec/template";

/** What all workloads whose pods come from a template have in common. */
export type WorkloadSpec = {
  readonly template?: PodTemplate | null | undefined;
  readonly paused?: boolean | null | undefined;
};

/** Whether the sealed change is what the workload now holds. */
export type Arrived = (spec: WorkloadSpec | null | undefined, sealed: Plan) => boolean;

export type Door = { readonly verb: string; readonly path: string };

export function patchDoor(objectPath: string): Door {
  return { verb: "PATCH", path: `${objectPath}?${STRICT}` };
}

export function sealedPatch({ verb, path }: Door, operations: readonly Operation[]): SealedRequest {
  return { verb, path, contentType: "application/json-patch+json", body: Buffer.from(JSON.stringify(operations)) };
}

/** What the sealed patch tests at a place, or writes there; undefined where it does neither. */
export function sealedValue(request: SealedRequest, op: Operation["op"], path: string): unknown {
  const operations: unknown = JSON.parse(request.body.toString("utf8"));
  if (!Array.isArray(operations)) throw new TypeError("the sealed request is no JSON patch");
  const found: unknown = operations.find(
    (each: unknown) => isRecord(each) && each["path"] === path && each["op"] === op,
  );
  return isRecord(found) ? found["value"] : undefined;
}
