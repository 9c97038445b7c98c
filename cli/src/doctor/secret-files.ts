import { resolve } from "node:path";
import { SETTINGS } from "@holdfast/service";
import type { Site } from "./site.ts";

/** A file that holds a secret, and the setting that says where it is. */
export type SecretFile = { readonly path: string; readonly setting: string };

/** Keys by their signer: each service holds its own private half, and all pin the public ones. */
export function keyFiles({ start }: Site): readonly (SecretFile & { readonly signer: string })[] {
  const always = [
    { signer: "approval", setting: "HOLDFAST_APPROVAL_KEY_FILE", path: start.HOLDFAST_APPROVAL_KEY_FILE },
    { signer: "policy-close", setting: "HOLDFAST_POLICY_CLOSE_KEY_FILE", path: start.HOLDFAST_POLICY_CLOSE_KEY_FILE },
    { signer: "audit", setting: "HOLDFAST_AUDIT_KEY_FILE", path: start.HOLDFAST_AUDIT_KEY_FILE },
  ];
  if (start.HOLDFAST_MODE === "observe") return always;
  return [
    ...always,
    { signer: "policy-open", setting: "HOLDFAST_POLICY_OPEN_KEY_FILE", path: start.HOLDFAST_POLICY_OPEN_KEY_FILE },
    { signer: "executor", setting: "HOLDFAST_EXECUTOR_KEY_FILE", path: start.HOLDFAST_EXECUTOR_KEY_FILE },
  ];
}

/** Files that somebody else made, and that are there only where they are named. */
const GIVEN = /(KUBECONFIG|PASSWORD_FILE)$/;

export function secretFiles(site: Site): readonly SecretFile[] {
  const { start, env } = site;
  const given = (setting: string): readonly SecretFile[] => {
    const path = env[setting];
    return path === undefined || path === "" ? [] : [{ setting, path: resolve(path) }];
  };
  const always = [
    ...keyFiles(site),
    { setting: "HOLDFAST_INTAKE_TOKEN_FILE", path: start.HOLDFAST_INTAKE_TOKEN_FILE },
    { setting: "HOLDFAST_AUDIT_TOKEN_FILE", path: start.HOLDFAST_AUDIT_TOKEN_FILE },
    ...Object.keys(SETTINGS)
      .filter((name) => GIVEN.test(name))
      .flatMap(given),
  ];
  if (start.HOLDFAST_CLUSTER !== "sandbox") return always;
  return [
    ...always,
    { setting: "HOLDFAST_APPROVER_TOKEN_FILE", path: start.HOLDFAST_APPROVER_TOKEN_FILE },
    { setting: "HOLDFAST_SANDBOX_TRIAGE_TOKEN_FILE", path: start.HOLDFAST_SANDBOX_TRIAGE_TOKEN_FILE },
    { setting: "HOLDFAST_SANDBOX_POLICY_TOKEN_FILE", path: start.HOLDFAST_SANDBOX_POLICY_TOKEN_FILE },
    { setting: "HOLDFAST_SANDBOX_EXECUTOR_TOKEN_FILE", path: start.HOLDFAST_SANDBOX_EXECUTOR_TOKEN_FILE },
  ];
}
