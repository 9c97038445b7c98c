import { isObject } from "../json.ts";
import { authorize, grantsOf } from "../rbac.ts";
import type { World } from "../world.ts";
import { json } from "./request.ts";
import type { Answer, ApiRequest } from "./request.ts";
import { badRequest, invalid } from "./status.ts";
import { wrong } from "./validate.ts";
import { parseJson } from "./write.ts";

/** What a caller may ask about itself. `undefined` for every other path. */
export function review(world: World, request: ApiRequest): Answer | undefined {
  if (request.method !== "POST") return undefined;
  switch (request.path) {
    case "/apis/authentication.k8s.io/v1/selfsubjectreviews":
      return json(201, {
        kind: "SelfSubjectReview",
        apiVersion: "authentication.k8s.io/v1",
        metadata: {},
        status: { userInfo: userInfo(request) },
      });
    case "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews":
      return json(201, access(world, request));
    case "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews":
      return json(201, rules(world, request));
    default:
      return undefined;
  }
}

function userInfo({ user }: ApiRequest): object {
  const extra = { "authentication.kubernetes.io/credential-id": [user.credentialId] };
  return { username: user.username, uid: user.uid, groups: user.groups, extra };
}

function access(world: World, request: ApiRequest): object {
  const spec = specOf(request, "SelfSubjectAccessReview");
  const asked = spec["resourceAttributes"];
  const text = (key: string): string => (isObject(asked) && typeof asked[key] === "string" ? asked[key] : "");
  if (isObject(asked) === isObject(spec["nonResourceAttributes"])) {
    const why = "exactly one of nonResourceAttributes or resourceAttributes must be specified";
    const cause = wrong("spec.resourceAttributes", asked ?? null, why);
    throw invalid({ group: "authorization.k8s.io", kind: "" }, "", [cause]);
  }
  if (!isObject(asked)) {
    const allowed =
      isObject(spec["nonResourceAttributes"]) && OPEN_PATHS.includes(String(spec["nonResourceAttributes"]["path"]));
    return accessReview(
      spec,
      allowed ? { allowed, reason: 'RBAC: allowed by ClusterRoleBinding "system:public-info-viewer"' } : { allowed },
    );
  }
  const subresource = text("subresource");
  const verdict = authorize(world.store, request.user, {
    verb: text("verb"),
    group: text("group"),
    resource: subresource === "" ? text("resource") : `${text("resource")}/${subresource}`,
    namespace: text("namespace") === "" ? undefined : text("namespace"),
    name: text("name") === "" ? undefined : text("name"),
  });
  return accessReview(spec, verdict);
}

function accessReview(spec: object, status: object): object {
  return { kind: "SelfSubjectAccessReview", apiVersion: "authorization.k8s.io/v1", metadata: {}, spec, status };
}

const OPEN_PATHS = ["/healthz", "/livez", "/readyz", "/version", "/version/"];

function rules(world: World, request: ApiRequest): object {
  const spec = specOf(request, "SelfSubjectRulesReview");
  const namespace = spec["namespace"];
  if (typeof namespace !== "string" || namespace === "") throw badRequest("no namespace on request");
  const resourceRules = grantsOf(world.store, request.user)
    .filter((grant) => grant.namespace === undefined || grant.namespace === namespace)
    .map((grant) => grant.rule);
  return {
    kind: "SelfSubjectRulesReview",
    apiVersion: "authorization.k8s.io/v1",
    metadata: {},
    spec: {},
    status: { resourceRules, nonResourceRules: [{ verbs: ["get"], nonResourceURLs: OPEN_PATHS }], incomplete: false },
  };
}

function specOf({ body }: ApiRequest, kind: string): Record<string, unknown> {
  const parsed = parseJson(body, kind);
  return isObject(parsed) && isObject(parsed["spec"]) ? parsed["spec"] : {};
}
