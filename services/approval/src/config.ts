import {
  assertSandboxOnly,
  loadGuard,
  openApprovers,
  readConfig,
  refuseStaticTokens,
  tokenDigest,
  withSandboxPerson,
  type Approvers,
  type Guard,
} from "@holdfast/guard";
import { readSecret, type Settings } from "@holdfast/service";

export type Config = {
  readonly guard: Guard;
  readonly approvers: Approvers;
  readonly settleMs: number;
  readonly votesPerMinute: number;
};

/** @throws with a sentence when a file is missing or malformed, or when static tokens would approve in a real production. */
export function configOf(settings: Settings<"approval">): Config {
  const { guard, inventory, limits } = loadGuard(settings.HOLDFAST_CONFIG);
  const listed = openApprovers(readConfig(settings.HOLDFAST_APPROVERS), settings.HOLDFAST_APPROVERS);
  const isSandbox = settings.HOLDFAST_CLUSTER === "sandbox";
  if (isSandbox) assertSandboxOnly(inventory);
  const refusal = refuseStaticTokens(inventory, listed);
  if (refusal !== undefined) throw new Error(refusal);
  const approvers = isSandbox
    ? withSandboxPerson(listed, tokenDigest(readSecret(settings.HOLDFAST_APPROVER_TOKEN_FILE)))
    : listed;
  return Object.freeze({
    guard,
    approvers,
    settleMs: settings.HOLDFAST_SETTLE_SECONDS * 1000,
    votesPerMinute: limits.votesPerPersonAndMinute,
  });
}
