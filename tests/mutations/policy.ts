import type { Mutation } from "./mutation.ts";

const JUDGE = "services/policy/src/judge.ts";
const ANSWER = "services/policy/src/answer.ts";
const PLAN = "services/policy/src/plan.ts";
const DUE = "services/policy/src/due.ts";
const SUBJECTS = "services/policy/src/subjects.ts";
const GUARD = "packages/guard/src/guard.ts";
const answering = (test: string): Mutation["killedBy"] => ({ file: "services/policy/src/answer.test.ts", test });
const planning = (test: string): Mutation["killedBy"] => ({ file: "services/policy/src/plan.test.ts", test });
const becoming = (test: string): Mutation["killedBy"] => ({ file: "services/policy/src/due.test.ts", test });
const guarding = (test: string): Mutation["killedBy"] => ({ file: "packages/guard/src/guard.test.ts", test });

/** What policy asks before people may decide. Each rule of the policy file has mutants of its own, in packages/guard. */
export const POLICY: readonly Mutation[] = [
  {
    removes: "that an erring rule denies",
    file: "packages/guard/src/decide.ts",
    find: "diagnostics.errors.length > 0",
    replace: "false",
    killedBy: guarding("doubt denies > a rule that errs, also where another rule permits"),
  },
  {
    removes: "that the policy engine checks its question against the schema",
    file: "packages/guard/src/decide.ts",
    find: "validateRequest: true",
    replace: "validateRequest: false",
    killedBy: guarding("doubt denies > a scope that does not exist"),
  },
  {
    removes: "the guard's own look into the inventory",
    file: GUARD,
    find: "strictness(env) < strictness(known)",
    replace: "false",
    killedBy: guarding(
      "the inventory is the guard's own > facts that name a lesser environment than the inventory are denied",
    ),
  },
  {
    removes: "that no window is for what the inventory does not know",
    file: GUARD,
    find: "&& inventory.knows(facts.cluster, facts.namespace)",
    replace: "",
    killedBy: guarding(
      "the inventory is the guard's own > no window is for a namespace that the inventory does not list",
    ),
  },
  {
    removes: "that an unlisted namespace is production",
    file: "packages/guard/src/inventory.ts",
    find: 'cluster.namespaces.get(namespace) ?? "prod"',
    replace: 'cluster.namespaces.get(namespace) ?? "dev"',
    killedBy: { file: "packages/guard/src/inventory.test.ts", test: "what is not listed is production" },
  },
  {
    removes: "that a node has the strictest environment of its cluster",
    file: "packages/guard/src/inventory.ts",
    find: "strictness(env) > strictness(strictest)",
    replace: "false",
    killedBy: {
      file: "packages/guard/src/inventory.test.ts",
      test: "what no namespace holds has the strictest environment of its cluster, and production where there is none",
    },
  },
  {
    removes: "that a window must be open for as long as the change may take",
    file: JUDGE,
    find: "to: context.now + ACTION_MS_MAX",
    replace: "to: context.now",
    killedBy: answering("what is allowed inside a window alone > must be open for as long as the change may take"),
  },
  {
    removes: "the freeze at proposal",
    file: JUDGE,
    find: "inFreeze: windows.inFreeze(during)",
    replace: "inFreeze: false",
    killedBy: answering("a plan is denied > in a freeze"),
  },
  {
    removes: "that the oldest evidence counts",
    file: JUDGE,
    find: "Math.min(oldest, readAt), Infinity",
    replace: "Math.max(oldest, readAt), 0",
    killedBy: answering("the evidence > may be as old as the limit and no older, and the oldest piece counts"),
  },
  {
    removes: "that a draft without evidence is too old",
    file: JUDGE,
    find: "return Number.MAX_SAFE_INTEGER;",
    replace: "return 0;",
    killedBy: answering("the evidence > must be there"),
  },
  {
    removes: "one at a time per subject",
    file: JUDGE,
    find: "holder !== undefined",
    replace: "false",
    killedBy: answering(
      "one at a time per subject > a later draft is denied while the first is open, approved or started, and the first is named",
    ),
  },
  {
    removes: "that a subject is held until its change is finished",
    file: SUBJECTS,
    find: "!isFinished(proposal, now, settleMs)",
    replace: "proposal.approved === undefined && !isFinished(proposal, now, settleMs)",
    killedBy: answering(
      "one at a time per subject > a later draft is denied while the first is open, approved or started, and the first is named",
    ),
  },
  {
    removes: "the budget of a subject",
    file: SUBJECTS,
    find: "count += 1",
    replace: "count += 0",
    killedBy: answering("six actions on one subject in an hour > are all that there may be"),
  },
  {
    removes: "that the end of an incident denies",
    file: JUDGE,
    find: "if (incidentClosed)",
    replace: "if (false)",
    killedBy: answering("a plan is denied > where its incident is over"),
  },
  {
    removes: "that what GitOps owns is denied",
    file: JUDGE,
    find: "owner !== null",
    replace: "false",
    killedBy: answering("a plan is denied > where somebody else owns the object"),
  },
  {
    removes: "that triage cannot say a person asked",
    file: ANSWER,
    find: 'from === "triage" && claimsAPerson(event)',
    replace: "false",
    killedBy: answering(
      "a plan is denied > where triage says that a person asked for it, which only a person's own request says",
    ),
  },
  {
    removes: "that what is sealed is what was voted on",
    file: DUE,
    find: "votes.at(-1)?.event.allowed ?? signed(allowed)",
    replace: "signed(allowed)",
    killedBy: becoming(
      "once there is a verdict > what is sealed is the plan that was voted on, also where policy sealed two for one proposal",
    ),
  },
  {
    removes: "that mode observe offers nothing",
    file: ANSWER,
    find: '&& mode === "act"',
    replace: "",
    killedBy: answering(
      "in mode observe > what would have been allowed is denied with that answer, and offered to nobody",
    ),
  },
  {
    removes: "the end of the window as the last moment of a vote",
    file: "services/policy/src/decision.ts",
    find: "Math.min(approveBy, (windowEnd(windows, plan, now) ?? Infinity) - marginMs(limits))",
    replace: "approveBy",
    killedBy: answering(
      "what is allowed inside a window alone > must be decided before its end, by two people who type the cluster's name",
    ),
  },
  {
    removes: "the limit on what may be sealed",
    file: PLAN,
    find: "planned.request.body.length > planner.requestBytesMax",
    replace: "false",
    killedBy: planning("a draft is refused > whose request has more bytes than may be sealed"),
  },
  {
    removes: "the dry run's refusal",
    file: PLAN,
    find: "dry.refused !== undefined",
    replace: "false",
    killedBy: planning("a draft is refused > that the API server refuses in a dry run, with its plan as far as it got"),
  },
  {
    removes: "that what cannot be placed is in production",
    file: PLAN,
    find: 'environment: "prod", scope: "cluster"',
    replace: 'environment: "dev", scope: "pod"',
    killedBy: planning(
      "the place of a plan is the strictest that it may be > what cannot be placed is cluster-wide in production",
    ),
  },
  {
    removes: "both clocks before a proposal is closed as expired",
    file: DUE,
    find: "now > allowed.event.lastMoment + skewMs",
    replace: "now > allowed.event.lastMoment",
    killedBy: becoming(
      "while nobody decided > nothing is due until both clocks must have passed its last moment; then it is closed as expired",
    ),
  },
  {
    removes: "that silence expires",
    file: DUE,
    find: "now > allowed.event.lastMoment + skewMs",
    replace: "false",
    killedBy: becoming(
      "while nobody decided > nothing is due until both clocks must have passed its last moment; then it is closed as expired",
    ),
  },
  {
    removes: "the withdrawal",
    file: DUE,
    find: "over !== undefined",
    replace: "false",
    killedBy: becoming("while nobody decided > what it was for may be over: it is withdrawn, and says why"),
  },
  {
    removes: "that a plan with a secret in plain text is refused",
    file: PLAN,
    find: "secret !== undefined",
    replace: "false",
    killedBy: planning(
      "a draft is refused > whose request holds a secret in plain text > in what it puts there, or in what it takes away, before anything is sent",
    ),
  },
  {
    removes: "that the denial of a secret carries no plan",
    file: PLAN,
    find: "rulings: [secret], plan: null",
    replace:
      "rulings: [secret], plan: sealedPlan(planner, action, draft, planned, place.environment, '', { dryRun: 'not_run', says: '' })",
    killedBy: planning(
      "a draft is refused > whose request holds a secret in plain text > and says in which field, what to do and what to type by hand, and never the secret",
    ),
  },
  {
    removes: "the margin between the last moment of a vote and the end of its window",
    file: "services/policy/src/decision.ts",
    find: "- marginMs(limits)",
    replace: "",
    killedBy: answering(
      "what is allowed inside a window alone > is decided by a moment at which the window would still outlast the change by every clock, and by no later one",
    ),
  },
];
