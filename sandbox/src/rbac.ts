import type { Identity } from "./identities.ts";
import { isManaged } from "./seed.ts";
import type { Store } from "./store.ts";

export type Rule = {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
};

export type Grant = { readonly namespace: string | undefined; readonly because: string; readonly rule: Rule };

export type Attributes = {
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `deployments/scale`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
};

export type Verdict = { readonly allowed: true; readonly reason: string } | { readonly allowed: false };

export function authorize(store: Store, user: Identity, asked: Attributes): Verdict {
  for (const { namespace, rule, because } of grantsOf(store, user, asked)) {
    const here = namespace === undefined || namespace === asked.namespace;
    if (here && covers(rule, asked)) return { allowed: true, reason: `RBAC: allowed by ${because}` };
  }
  return { allowed: false };
}

function covers(rule: Rule, asked: Attributes): boolean {
  const has = (list: readonly string[], value: string): boolean => list.includes(value) || list.includes("*");
  const named =
    rule.resourceNames === undefined || (asked.name !== undefined && rule.resourceNames.includes(asked.name));
  return (
    has(rule.apiGroups, asked.group) && has(rule.resources, asked.resource) && has(rule.verbs, asked.verb) && named
  );
}

/**
 * The roles of the three accounts, for every managed namespace, and what a real cluster gives to whoever is authenticated.
 * @param asked only of its namespace; all where it is left out.
 */
export function grantsOf(store: Store, user: Identity, asked?: Pick<Attributes, "namespace">): Grant[] {
  if (user.name === "admin") {
    return [
      {
        namespace: undefined,
        because: 'Group "system:masters"',
        rule: { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
      },
    ];
  }
  const managed = store
    .listAny("namespaces")
    .filter((ns) => isManaged(ns.metadata.labels))
    .map((ns) => ns.metadata.name)
    .filter((name) => asked === undefined || name === asked.namespace);
  const account = `to ServiceAccount "${user.name}/holdfast"`;
  const cluster = (role: string, rules: readonly Rule[]): Grant[] =>
    rules.map((rule) => ({
      namespace: undefined,
      because: `ClusterRoleBinding "${role}" of ClusterRole "${role}" ${account}`,
      rule,
    }));
  const inNamespace = (namespace: string, binding: string, role: string, rules: readonly Rule[]): Grant[] =>
    rules.map((rule) => ({ namespace, because: `RoleBinding "${binding}/${namespace}" of ${role} ${account}`, rule }));
  const everybody = [
    ...cluster("system:basic-user", SELF_REVIEWS),
    ...cluster("holdfast-cluster-identity", [
      { apiGroups: [""], resources: ["namespaces"], resourceNames: ["kube-system"], verbs: ["get"] },
    ]),
  ];
  if (user.name === "triage") {
    const reads = managed.flatMap((ns) => inNamespace(ns, "triage", 'ClusterRole "holdfast-triage"', TRIAGE));
    return [...everybody, ...cluster("holdfast-triage-nodes", TRIAGE_NODES), ...reads];
  }
  const nodes = store.listAny("nodes").map((node) => node.metadata.name);
  const named = [{ apiGroups: [""], resources: ["nodes"], resourceNames: nodes, verbs: ["get", "patch"] }];
  const acts = managed.flatMap((ns) => inNamespace(ns, user.name, `Role "executor"`, executorRules(store, ns)));
  const claims = user.name === "executor" ? inNamespace("holdfast", "claims", 'Role "claims"', CLAIMS) : [];
  return [...everybody, ...cluster("holdfast-nodes", named), ...acts, ...claims];
}

const READ = ["get", "list", "watch"];
const SELF_REVIEWS: readonly Rule[] = [
  {
    apiGroups: ["authorization.k8s.io"],
    resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    verbs: ["create"],
  },
  { apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"], verbs: ["create"] },
];
const CLAIMS: readonly Rule[] = [
  { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create"] },
];
const TRIAGE_NODES: readonly Rule[] = [{ apiGroups: [""], resources: ["nodes"], verbs: READ }];
const TRIAGE: readonly Rule[] = [
  // whether its logs may be read is a label of the namespace
  { apiGroups: [""], resources: ["namespaces"], verbs: ["get"] },
  { apiGroups: [""], resources: ["pods", "events", "resourcequotas"], verbs: READ },
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
  {
    apiGroups: ["apps"],
    resources: ["deployments", "statefulsets", "daemonsets", "replicasets", "controllerrevisions"],
    verbs: READ,
  },
  { apiGroups: ["batch"], resources: ["jobs", "cronjobs"], verbs: READ },
  { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: READ },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: READ },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: READ },
];

/** An empty list of names would grant all of them, so a rule without names is left out. */
function executorRules(store: Store, namespace: string): Rule[] {
  const byName = (group: string, resource: string, verbs: string[], plural = resource): Rule[] => {
    const resourceNames = store.listAny(plural, namespace).map((o) => o.metadata.name);
    return resourceNames.length === 0 ? [] : [{ apiGroups: [group], resources: [resource], resourceNames, verbs }];
  };
  return [
    ...byName("apps", "deployments", ["get", "patch"]),
    ...byName("apps", "deployments/scale", ["get", "patch"], "deployments"),
    ...byName("apps", "statefulsets", ["get", "patch"]),
    ...byName("apps", "statefulsets/scale", ["get", "patch"], "statefulsets"),
    ...byName("apps", "daemonsets", ["get", "patch"]),
    { apiGroups: ["apps"], resources: ["replicasets", "controllerrevisions"], verbs: ["get", "list"] },
    { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "delete"] },
    { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
    { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
    ...byName("batch", "cronjobs", ["get", "patch"]),
    { apiGroups: ["batch"], resources: ["jobs"], verbs: ["get", "list", "delete"] },
    ...byName("autoscaling", "horizontalpodautoscalers", ["get", "patch"]),
    { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: ["list"] },
    { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: ["list"] },
  ];
}
