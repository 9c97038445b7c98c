import type { Right } from "@holdfast/cluster";
import {
  assertSandboxOnly,
  loadGuard,
  namespacesOf,
  openApprovers,
  readConfig,
  withSandboxPerson,
} from "@holdfast/guard";
import { readSecret, type Settings } from "@holdfast/service";
import type { Executor } from "./executor.ts";

export type Config = Pick<Executor, "cluster" | "guard" | "windows" | "inventory" | "approvers" | "patience"> & {
  /** What its credential may do besides reading and patching the objects that it is named for. */
  readonly declared: readonly Right[];
  readonly namespaces: readonly string[];
  /** Where audit asks for one, because it is reached over the network. */
  readonly auditToken: string | undefined;
};

const DECLARED: readonly Right[] = [
  { verb: "delete", group: "", resource: "pods" },
  { verb: "create", group: "coordination.k8s.io", resource: "leases", namespace: "holdfast" },
];

const VERIFY_MS_MAX = 10 * 60_000;
const SANDBOX_VERIFY_MS_MAX = 45_000;

/** @throws with a sentence in mode observe, and when a file is missing or malformed. */
export function configOf(settings: Settings<"executor">): Config {
  if (settings.HOLDFAST_MODE === "observe")
    throw new Error("In mode observe there is no executor. Set HOLDFAST_MODE to act where people may approve changes.");
  const isSandbox = settings.HOLDFAST_CLUSTER === "sandbox";
  const cluster = settings.HOLDFAST_CLUSTER_NAME;
  const settleMs = settings.HOLDFAST_SETTLE_SECONDS * 1000;
  const { guard, windows, inventory } = loadGuard(settings.HOLDFAST_CONFIG);
  const listed = openApprovers(readConfig(settings.HOLDFAST_APPROVERS), settings.HOLDFAST_APPROVERS);
  if (isSandbox) assertSandboxOnly(inventory);
  return Object.freeze({
    cluster,
    guard,
    windows,
    inventory,
    approvers: isSandbox ? withSandboxPerson(listed, readSecret(settings.HOLDFAST_APPROVER_DIGEST_FILE)) : listed,
    patience: {
      settleMs,
      verifyMs: (isSandbox ? SANDBOX_VERIFY_MS_MAX : VERIFY_MS_MAX) + settleMs,
      reconcileMs: settings.HOLDFAST_RECONCILE_SECONDS * 1000 + settleMs,
      pollMs: isSandbox ? 200 : 1_000,
    },
    declared: DECLARED,
    namespaces: namespacesOf(inventory, cluster),
    auditToken: isHere(settings.HOLDFAST_AUDIT_URL) ? undefined : readSecret(settings.HOLDFAST_AUDIT_TOKEN_FILE),
  });
}

function isHere(url: string): boolean {
  return ["127.0.0.1", "localhost", "[::1]"].includes(new URL(url).hostname);
}
