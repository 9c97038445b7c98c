import type { Mutation } from "./mutation.ts";

const JUDGE = "services/executor/src/judge.ts";
const EXECUTE = "services/executor/src/execute.ts";
const judging = (test: string): Mutation["killedBy"] => ({ file: "services/executor/src/judge.test.ts", test });
const executing = (test: string): Mutation["killedBy"] => ({ file: "services/executor/src/execute.test.ts", test });

const AGAIN = "the guard is asked again at execution";
const WEAKER = "a sealed value that is weaker than the executor's own refuses";
const GOES = "the sealed request goes where its action goes, or nowhere";
const SAW = "what people saw is what would be sent, or nothing is";
const SHOWN = "packages/actions/src/shown.ts";
const showing = (test: string): Mutation["killedBy"] => ({ file: "packages/actions/src/shown.test.ts", test });
const HELD = "what is shown is held against the bytes that would be sent";
const UNTOLD = "a request of which nobody can tell what it changes is refused";
const DRIFT = "time and drift";
const PEOPLE = "every vote is held against the executor's own table of people";
const RECORDED = "what is not recorded does not happen";
const CRASH = "after a crash the cluster is asked, and no effect is tried a second time";
const SEND = "the one send";
const CLOCKS = "three clocks";

/** What the executor checks for itself before it acts, and that it acts once. */
export const EXECUTOR: readonly Mutation[] = [
  {
    removes: "the guard at execution",
    file: JUDGE,
    find: "?? denied(own, bundle, action, env, fresh)",
    replace: "",
    killedBy: judging(`${AGAIN} > a window that closed after the approval refuses`),
  },
  {
    removes: "the window at execution: it is taken to be open still",
    file: JUDGE,
    find: "inMaintenance: own.windows.inMaintenance(during)",
    replace: "inMaintenance: true",
    killedBy: judging(`${AGAIN} > a window that closed after the approval refuses`),
  },
  {
    removes: "the freeze at execution",
    file: JUDGE,
    find: "inFreeze: own.windows.inFreeze(during)",
    replace: "inFreeze: false",
    killedBy: judging(`${AGAIN} > a freeze that began after the approval refuses`),
  },
  {
    removes: "the back-out at execution",
    file: JUDGE,
    find: 'hasBackOut: plan.backOut.kind !== "UNKNOWN"',
    replace: "hasBackOut: true",
    killedBy: judging(`${AGAIN} > a change without a back-out refuses`),
  },
  {
    removes: "the environment recomputed from the executor's inventory",
    file: JUDGE,
    find: "strictness(plan.environment) < strictness(env)",
    replace: "false",
    killedBy: judging(`${WEAKER} > environment`),
  },
  {
    removes: "the scope recomputed from the catalogue",
    file: JUDGE,
    find: "plan.scope !== action.scope",
    replace: "false",
    killedBy: judging(`${WEAKER} > scope`),
  },
  {
    removes: "the reversibility recomputed from the catalogue",
    file: JUDGE,
    find: "plan.reversible && !action.reversible",
    replace: "false",
    killedBy: judging(`${WEAKER} > reversibility`),
  },
  {
    removes: "the recomputed tier",
    file: JUDGE,
    find: "TIERS.indexOf(tierWord(bundle.allowed.tier)) < TIERS.indexOf(tiering.tier)",
    replace: "false",
    killedBy: judging(`${WEAKER} > tier, recomputed and not read`),
  },
  {
    removes: "the sealed quorum at the executor",
    file: JUDGE,
    find: "Math.max(quorum, bundle.allowed.quorum)",
    replace: "quorum",
    killedBy: judging(`${WEAKER} > quorum`),
  },
  {
    removes: "the executor's own quorum",
    file: JUDGE,
    find: "Math.max(quorum, bundle.allowed.quorum)",
    replace: "bundle.allowed.quorum",
    killedBy: judging(`${AGAIN} > a window that closed after the approval refuses`),
  },
  {
    removes: "the path that the action goes to",
    file: JUDGE,
    find: "|| plan.request.path !== door.path",
    replace: "",
    killedBy: judging(`${GOES} > another path`),
  },
  {
    removes: "the verb that the action goes with",
    file: JUDGE,
    find: "plan.request.verb !== door.verb ||",
    replace: "",
    killedBy: judging(`${GOES} > another verb`),
  },
  {
    removes: "that the executor holds what people saw against what it would send",
    file: JUDGE,
    find: "return misshown(plan);",
    replace: "return undefined;",
    killedBy: judging(`${SAW} > another value after it than the one in the body`),
  },
  {
    removes: "the value after a change, held against the body",
    file: SHOWN,
    find: "&& sameJson(told.shown?.after, seen.after)",
    replace: "",
    killedBy: showing(`${HELD} > another value after it`),
  },
  {
    removes: "the value before a change, held against the body",
    file: SHOWN,
    find: "sameJson(told.shown?.before, seen.before) &&",
    replace: "",
    killedBy: showing(`${HELD} > another value before it`),
  },
  {
    removes: "that a request is bound to the object that was shown",
    file: SHOWN,
    find: "told.uid !== target.uid",
    replace: "false",
    killedBy: showing(`${UNTOLD} > what is not bound to the object that was shown`),
  },
  {
    removes: "that a request writes only where it looked",
    file: SHOWN,
    find: "!changes.every(isTested)",
    replace: "false",
    killedBy: showing(`${UNTOLD} > what writes where it did not look`),
  },
  {
    removes: "that a body has one spelling",
    file: SHOWN,
    find: "!Buffer.from(JSON.stringify(sealed)).equals(body)",
    replace: "false",
    killedBy: showing(`${UNTOLD} > a member that stands there twice, and another spelling of the same`),
  },
  {
    removes: "that a pod goes as a plain deletion or eviction",
    file: SHOWN,
    find: "!isDeepStrictEqual(sealed, plain)",
    replace: "false",
    killedBy: showing("of a pod that goes > a deletion that forces is none"),
  },
  {
    removes: "the name of the target that its arguments name",
    file: JUDGE,
    find: "|| subject.name !== name",
    replace: "",
    killedBy: judging(`${GOES} > another target than its arguments`),
  },
  {
    removes: "the namespace of the target that its arguments name",
    file: JUDGE,
    find: "subject.namespace !== namespace ||",
    replace: "",
    killedBy: judging(`${GOES} > another namespace than its arguments`),
  },
  {
    removes: "the cluster that is the executor's own",
    file: JUDGE,
    find: "plan.target.cluster !== cluster",
    replace: "false",
    killedBy: judging(`${GOES} > another cluster`),
  },
  {
    removes: "executeBy when it is judged",
    file: JUDGE,
    find: "now < executeBy",
    replace: "now <= executeBy",
    killedBy: judging(`${DRIFT} > at executeBy it is too late`),
  },
  {
    removes: "the uid of the target, read now",
    file: JUDGE,
    find: "uid === plan.target.uid",
    replace: "true",
    killedBy: judging(`${DRIFT} > a target that is gone, or another object of the same name, refuses`),
  },
  {
    removes: "the typed comparison at the executor",
    file: JUDGE,
    find: "typedConfirmation: vote.typed === allowed.confirmText",
    replace: "typedConfirmation: true",
    killedBy: judging(`${PEOPLE} > a typed text that differs by one byte`),
  },
  {
    removes: "that a vote is about this very proposal",
    file: JUDGE,
    find: "digestMatches: aboutThis",
    replace: "digestMatches: true",
    killedBy: judging(`${PEOPLE} > a vote about another proposal, whatever digest it names`),
  },
  {
    removes: "the bytes that a vote carries: the digest that it names is believed",
    file: JUDGE,
    find: "&& digestOf(record.allowed.payload) === digest",
    replace: "",
    killedBy: judging(`${PEOPLE} > a vote about another proposal, whatever digest it names`),
  },
  {
    removes: "the level in the executor's own table",
    file: JUDGE,
    find: "assurance: person.level",
    replace: "assurance: vote.person.level",
    killedBy: judging(`${PEOPLE} > a level that only the vote claims`),
  },
  {
    removes: "the roles in the executor's own table",
    file: JUDGE,
    find: "roles: person.roles",
    replace: "roles: vote.person.roles",
    killedBy: judging(`${PEOPLE} > a role that only the vote claims`),
  },
  {
    removes: "the issuer of an approver",
    file: JUDGE,
    find: "|| person.issuer !== issuer",
    replace: "",
    killedBy: judging(`${PEOPLE} > the same subject of another issuer`),
  },
  {
    removes: "that every vote in a bundle approves",
    file: JUDGE,
    find: 'vote.decision !== "approve"',
    replace: "false",
    killedBy: judging(`${PEOPLE} > a rejection`),
  },
  {
    removes: "that each vote is another person's, at the executor",
    file: JUDGE,
    find: "priorApprovers: prior",
    replace: "priorApprovers: []",
    killedBy: judging(`${PEOPLE} > one person twice is refused, not counted twice`),
  },
  {
    removes: "the last moment of a vote, at the executor",
    file: JUDGE,
    find: "expiresAt: allowed.lastMoment",
    replace: "expiresAt: at.time + 1",
    killedBy: judging(`${PEOPLE} > a vote at its last moment`),
  },
  {
    removes: "the receipt of the approval",
    file: EXECUTE,
    find: "const recorded = await approvedIsRecorded(executor, bundle, approved, signal);",
    replace: "const recorded = undefined;",
    killedBy: executing(
      `${RECORDED} > without a receipt of the approval nothing is claimed, until its time is over and it is refused`,
    ),
  },
  {
    removes: "the receipt of the intent",
    file: EXECUTE,
    find: "(await intentIsRecorded(executor, started, began, signal)) ??",
    replace: "",
    killedBy: executing(`${RECORDED} > without a receipt of the intent nothing is sent`),
  },
  {
    removes: "the check of a receipt: whatever audit's address answers is believed",
    file: "services/executor/src/receipts.ts",
    find: 'checked.outcome === "receipted" ?',
    replace: "true ?",
    killedBy: {
      file: "services/executor/src/receipts.test.ts",
      test: "a receipt is believed > not for another record than the one in hand",
    },
  },
  {
    removes: "the claim: the executor acts although another holds it",
    file: EXECUTE,
    find: 'if (result === "created") return then();',
    replace: "return then();",
    killedBy: executing("of twenty executors with the same record one sends, and every outcome is the same event"),
  },
  {
    removes: "the mark of a refusal on its claim",
    file: EXECUTE,
    find: "claimed(executor, bundle, judged.why, signal,",
    replace: "claimed(executor, bundle, undefined, signal,",
    killedBy: executing(`${CRASH} > a refusal marks its claim, and whoever comes next repeats it`),
  },
  {
    removes: "that a marked claim is never acted on",
    file: EXECUTE,
    find: "claim.refused === undefined ?",
    replace: "true ?",
    killedBy: executing(`${CRASH} > a claim that marks a refusal repeats it`),
  },
  {
    removes: "that reconciling sends nothing",
    file: "services/executor/src/reconcile.ts",
    find: 'case "no":',
    replace: 'case "no": await executor.sender.send(plan.request, 15_000, signal);',
    killedBy: executing(`${CRASH} > none of them sends`),
  },
  {
    removes: "the wait until the owner of a claim can no longer act",
    file: "services/executor/src/reconcile.ts",
    find: "while (clock.monotonic() - seen < patience.reconcileMs)",
    replace: "while (false)",
    killedBy: executing(`${CRASH} > the cluster is asked only once the owner of the claim can no longer act`),
  },
  {
    removes: "that one answer is never followed by a second send",
    file: EXECUTE,
    find: "return reconcile(executor, bundle, signal); // no answer",
    replace:
      "answer = await executor.sender.send(plan.request, 1, signal).catch(() => ({ status: 504, says: '' })); // no answer",
    killedBy: executing(`${SEND} > no answer at all is reconciled, never sent again`),
  },
  {
    removes: "that a refusal of the API server is a refusal",
    file: EXECUTE,
    find: "answer.status >= 400",
    replace: "false",
    killedBy: executing(`${SEND} > a precondition that failed is a refusal with the server's word`),
  },
  {
    removes: "the wall clock between judging and sending",
    file: EXECUTE,
    find: "|| Math.abs(wall - began.wall) > SEND_WITHIN_MS",
    replace: "",
    killedBy: executing(`${CLOCKS} > a wall clock that jumped between judging and sending stops it`),
  },
  {
    removes: "the monotonic clock between judging and sending",
    file: EXECUTE,
    find: "clock.monotonic() - began.monotonic > SEND_WITHIN_MS ||",
    replace: "",
    killedBy: executing(`${CLOCKS} > a machine that slept between judging and sending stops it`),
  },
  {
    removes: "the broker's clock against this one",
    file: EXECUTE,
    find: "Math.abs(started.time - wall) > BROKER_SKEW_MS_MAX",
    replace: "false",
    killedBy: executing(`${CLOCKS} > a broker whose clock is more than 30 s away stops it`),
  },
  {
    removes: "executeBy by the broker's clock",
    file: EXECUTE,
    find: "started.time >= bundle.approved.executeBy",
    replace: "false",
    killedBy: executing(`${CLOCKS} > an intent that the broker took at executeBy or later stops it`),
  },
  {
    removes: "the window for as long as the action may take, at the executor",
    file: JUDGE,
    find: "to: fresh.now + ACT_MS_MAX",
    replace: "to: fresh.now",
    killedBy: judging(`${AGAIN} > a window that closes while the action may still be under way refuses`),
  },
  {
    removes: "the refusal that another executor marked meanwhile",
    file: EXECUTE,
    find: "claim === undefined ? reconcile(executor, bundle, signal) : afterClaim(executor, bundle, claim, signal)",
    replace: "reconcile(executor, bundle, signal)",
    killedBy: executing(`${CRASH} > whoever is overtaken while it claims repeats the refusal that the other marked`),
  },
  {
    removes: "the settling time",
    file: "services/executor/src/settle.ts",
    find: "now - healthy.since >= patience.settleMs",
    replace: "true",
    killedBy: executing("a change has succeeded only once it was healthy for the whole settling time"),
  },
  {
    removes: "that a settled state keeps its print",
    file: "services/executor/src/settle.ts",
    find: "healthy.print !== last.print",
    replace: "false",
    killedBy: executing("a healthy state that keeps changing its print has not settled"),
  },
];
