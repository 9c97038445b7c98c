import type { Resource } from "../resources.ts";
import { qualifiedName } from "../resources.ts";

/** What the API server answers when it refuses: an object of kind Status. */
export type Status = {
  kind: "Status";
  apiVersion: "v1";
  metadata: object;
  status: "Failure" | "Success";
  message?: string;
  reason?: string;
  details?: object;
  code?: number;
};

/** Thrown anywhere under a request, and caught by the one place that answers. */
export class ApiRefusal extends Error {
  readonly status: Status & { code: number };

  constructor(code: number, reason: string, message: string, details?: object) {
    super(message);
    this.status = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      reason,
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

export function unauthorized(): ApiRefusal {
  return new ApiRefusal(401, "Unauthorized", "Unauthorized");
}

export function pathNotFound(): ApiRefusal {
  return new ApiRefusal(404, "NotFound", "the server could not find the requested resource", {});
}

export function notFound(resource: Resource, name: string): ApiRefusal {
  return new ApiRefusal(404, "NotFound", `${qualifiedName(resource)} "${name}" not found`, detailsOf(resource, name));
}

export function forbidden(
  resource: { plural: string; group: string },
  name: string | undefined,
  why: string,
  causes: readonly object[] = [],
): ApiRefusal {
  const qualified = resource.group === "" ? resource.plural : `${resource.plural}.${resource.group}`;
  const subject = name === undefined ? qualified : `${qualified} "${name}"`;
  return new ApiRefusal(403, "Forbidden", `${subject} is forbidden: ${why}`, {
    ...(name === undefined ? {} : { name }),
    ...(resource.group === "" ? {} : { group: resource.group }),
    kind: resource.plural,
    ...(causes.length === 0 ? {} : { causes }),
  });
}

export function alreadyExists(resource: Resource, name: string): ApiRefusal {
  return new ApiRefusal(
    409,
    "AlreadyExists",
    `${qualifiedName(resource)} "${name}" already exists`,
    detailsOf(resource, name),
  );
}

export function conflict(subject: string, name: string, why: string): ApiRefusal {
  return new ApiRefusal(409, "Conflict", `Operation cannot be fulfilled on ${subject} "${name}": ${why}`, {
    name,
    kind: subject,
  });
}

export function modified(resource: Resource, name: string): ApiRefusal {
  return conflict(
    qualifiedName(resource),
    name,
    "the object has been modified; please apply your changes to the latest version and try again",
  );
}

export type Cause = { reason: string; message: string; field: string };

export function invalid(resource: Pick<Resource, "group" | "kind">, name: string, causes: Cause[]): ApiRefusal {
  const subject = resource.group === "" ? resource.kind : `${resource.kind}.${resource.group}`;
  const all = [...new Set(causes.map((c) => `${c.field}: ${c.message}`))];
  const said = all.length === 1 ? (all[0] ?? "") : `[${all.join(", ")}]`;
  return new ApiRefusal(422, "Invalid", `${subject} "${name}" is invalid: ${said}`, {
    ...(name === "" ? {} : { name }),
    ...(resource.group === "" ? {} : { group: resource.group }),
    ...(resource.kind === "" ? {} : { kind: resource.kind }),
    causes,
  });
}

/** All that a real server says of a JSON patch whose `test` failed. */
export function patchRefused(): ApiRefusal {
  return new ApiRefusal(422, "Invalid", "the server rejected our request due to an error in our request", {});
}

export function badRequest(message: string): ApiRefusal {
  return new ApiRefusal(400, "BadRequest", message);
}

export function unsupportedMediaType(): ApiRefusal {
  return new ApiRefusal(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
}

export function methodNotAllowed(message: string): ApiRefusal {
  return new ApiRefusal(405, "MethodNotAllowed", message, {});
}

function detailsOf(resource: Resource, name: string): object {
  return { name, ...(resource.group === "" ? {} : { group: resource.group }), kind: resource.plural };
}
