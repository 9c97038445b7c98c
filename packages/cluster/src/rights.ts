import type { Right, SelfReview } from "./port.ts";

/** What would make a credential more than it says: each must be denied, unless it is declared. */
const NEVER: readonly Right[] = [
  { verb: "*", group: "*", resource: "*" },
  { verb: "get", group: "", resource: "secrets" },
  { verb: "create", group: "", resource: "pods" },
  { verb: "create", group: "", resource: "pods", subresource: "exec" },
  { verb: "create", group: "", resource: "serviceaccounts", subresource: "token" },
  { verb: "create", group: "rbac.authorization.k8s.io", resource: "rolebindings" },
  { verb: "create", group: "rbac.authorization.k8s.io", resource: "clusterrolebindings" },
  { verb: "delete", group: "", resource: "pods" },
  { verb: "delete", group: "", resource: "namespaces" },
  { verb: "patch", group: "", resource: "nodes" },
  { verb: "patch", group: "apps", resource: "deployments" },
  { verb: "delete", group: "apps", resource: "deployments" },
  { verb: "create", group: "coordination.k8s.io", resource: "leases" },
  { verb: "delete", group: "coordination.k8s.io", resource: "leases" },
];

/**
 * What this credential may do beyond what its service declares, a sentence each; empty is what a start needs.
 * @param declared a right without a namespace is declared for every namespace.
 * @param namespaces where to ask besides the whole cluster: rights are mostly given by namespace.
 */
export async function undeclaredRights(
  review: SelfReview,
  declared: readonly Right[],
  namespaces: readonly string[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const asked = NEVER.flatMap((right) => [right, ...namespaces.map((namespace) => ({ ...right, namespace }))]).filter(
    (right) => !declared.some((each) => covers(each, right)),
  );
  const answers = await Promise.all(
    asked.map(async (right) =>
      (await review.may(right, signal))
        ? `This credential may ${spelled(right)}, and its service does not need it: take that right away.`
        : undefined,
    ),
  );
  return answers.filter((each) => each !== undefined);
}

function covers(declared: Right, right: Right): boolean {
  const same =
    declared.verb === right.verb &&
    declared.group === right.group &&
    declared.resource === right.resource &&
    (declared.subresource ?? "") === (right.subresource ?? "");
  return same && (declared.namespace === undefined || declared.namespace === right.namespace);
}

function spelled({ verb, group, resource, subresource, namespace }: Right): string {
  const what = `${resource}${subresource ? `/${subresource}` : ""}${group ? `.${group}` : ""}`;
  return `${verb} ${what} ${namespace === undefined ? "in the whole cluster" : `in namespace ${namespace}`}`;
}
