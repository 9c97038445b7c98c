export { ENVIRONMENTS, LEVELS, SCOPES, TIERS, personKey, strictness } from "./facts.ts";
export type {
  AckFacts,
  Approver,
  DeniedBy,
  Denial,
  Env,
  Facts,
  Level,
  PersonId,
  Place,
  Scope,
  Tier,
  Tiering,
  Verdict,
} from "./facts.ts";
export { openGuard } from "./guard.ts";
export type { Guard, GuardTexts } from "./guard.ts";
export type { Rule } from "./rules.ts";
export { openLimits } from "./limits.ts";
export type { Limits } from "./limits.ts";
export { assertSandboxOnly, namespacesOf, openInventory } from "./inventory.ts";
export type { Cluster, Inventory } from "./inventory.ts";
export { openWindows } from "./windows.ts";
export type { During, Target, Windows } from "./windows.ts";
export { contains, parseInterval } from "./intervals.ts";
export type { Interval } from "./intervals.ts";
export { checkIntervals } from "./check-intervals.ts";
export type { IntervalReport } from "./check-intervals.ts";
export {
  STATIC_ISSUER,
  newApprover,
  openApprovers,
  refuseStaticTokens,
  tokenDigest,
  withSandboxPerson,
} from "./approvers.ts";
export type { ApproverEntry, Approvers, Person } from "./approvers.ts";
export { counts, foldVotes } from "./verdict.ts";
export type { ApprovalRecord, ClosingRecord, Standing, Terms, VoteRecord } from "./verdict.ts";
export { loadGuard, readConfig } from "./load.ts";
export type { Loaded } from "./load.ts";
