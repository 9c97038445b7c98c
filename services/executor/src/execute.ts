import type { Answer, Claim } from "@holdfast/cluster";
import type { Delivery, Published } from "@holdfast/bus";
import { openBundle, traceOf, type Bundle } from "@holdfast/schemas";
import type { Executor } from "./executor.ts";
import { inputOf, judge, type Judged } from "./judge.ts";
import { executionEvent, type Outcome } from "./outcome.ts";
import { park } from "./park.ts";
import { reconcile } from "./reconcile.ts";
import { settle } from "./settle.ts";
import { withoutEnd } from "./without-end.ts";

const SEND_WITHIN_MS = 20_000;
const SEND_DEADLINE_MS = 15_000;
const BROKER_SKEW_MS_MAX = 30_000;

type Began = { readonly monotonic: number; readonly wall: number };

/** One approved proposal: verify, look for the claim, judge, claim, record the intent, send once, verify the effect. */
export async function execute(
  executor: Executor,
  approved: Delivery<"proposals.approved">,
  signal: AbortSignal,
): Promise<void> {
  const opened = openBundle(executor.codec, approved.event);
  if (opened.outcome === "forged") return park(executor, approved, opened.why);
  const { bundle } = opened;
  const claim = await withoutEnd(
    executor,
    "the claim",
    () => executor.claims.look(bundle.approved.proposal, signal),
    signal,
  );
  const outcome =
    claim === undefined
      ? await act(executor, bundle, approved, signal)
      : await afterClaim(executor, bundle, claim, signal);
  await report(executor, bundle, approved, outcome);
}

async function act(
  executor: Executor,
  bundle: Bundle,
  approved: Delivery<"proposals.approved">,
  signal: AbortSignal,
): Promise<Outcome> {
  const recorded = await approvedIsRecorded(executor, bundle, approved, signal);
  const began = { monotonic: executor.clock.monotonic(), wall: executor.clock.wall() };
  const judged = recorded ?? (await judgeNow(executor, bundle, signal));
  if (judged.outcome === "refuse")
    return claimed(executor, bundle, judged.why, signal, async () => ({ state: "refused", because: judged.why }));
  return claimed(executor, bundle, undefined, signal, async () => {
    const started = await report(executor, bundle, approved, {
      state: "started",
      because: "claimed, judged again and recorded",
    });
    const stopped =
      (await intentIsRecorded(executor, started, began, signal)) ?? tooLate(executor, bundle, started, began);
    if (stopped !== undefined) return { state: "refused", because: `stopped before acting: ${stopped}` };
    return sendOnce(executor, bundle, judged.action, signal);
  });
}

/** INVARIANT: what is not recorded does not happen. Until audit has receipted the approval nothing is claimed. */
async function approvedIsRecorded(
  { receipts, clock, patience }: Executor,
  bundle: Bundle,
  approved: Published,
  signal: AbortSignal,
): Promise<Judged | undefined> {
  for (;;) {
    const receipt = await receipts(approved, signal);
    if (receipt.outcome === "receipted") return undefined;
    if (clock.wall() >= bundle.approved.executeBy)
      return {
        outcome: "refuse",
        why: `its approval was never found in the audit log (${receipt.why}), and its time is over`,
      };
    await clock.sleep(patience.pollMs, signal);
  }
}

async function judgeNow(executor: Executor, bundle: Bundle, signal: AbortSignal): Promise<Judged> {
  const { clock, patience, waiting } = executor;
  for (;;) {
    const readAt = clock.wall();
    try {
      const uid = await targetUid(executor, bundle, signal);
      return judge(executor, bundle, { now: clock.wall(), readAt, uid });
    } catch (cause) {
      signal.throwIfAborted();
      waiting("the target", cause);
      if (clock.wall() >= bundle.approved.executeBy)
        return { outcome: "refuse", why: "the cluster could not be read before its time was over" };
      await clock.sleep(patience.pollMs, signal);
    }
  }
}

async function targetUid(
  { catalogue, reader }: Executor,
  { allowed: { plan } }: Bundle,
  signal: AbortSignal,
): Promise<string | undefined> {
  const action = catalogue.get(plan.action);
  const input = action === undefined ? undefined : inputOf(action, plan);
  if (action === undefined || input === undefined) return undefined; // the judge says why
  return (await reader.get(action.subject(input), signal))?.metadata?.uid;
}

/** Creates the one claim that there can be, then goes on; where somebody else has it, that is reconciled instead. */
async function claimed(
  executor: Executor,
  bundle: Bundle,
  refused: string | undefined,
  signal: AbortSignal,
  then: () => Promise<Outcome>,
): Promise<Outcome> {
  const { proposal } = bundle.approved;
  const result = await withoutEnd(
    executor,
    "the claim",
    () => executor.claims.create(proposal, executor.name, refused, signal),
    signal,
  );
  if (result === "created") return then();
  const claim = await withoutEnd(executor, "the claim", () => executor.claims.look(proposal, signal), signal);
  return claim === undefined ? reconcile(executor, bundle, signal) : afterClaim(executor, bundle, claim, signal);
}

async function afterClaim(executor: Executor, bundle: Bundle, claim: Claim, signal: AbortSignal): Promise<Outcome> {
  return claim.refused === undefined
    ? reconcile(executor, bundle, signal)
    : { state: "refused", because: claim.refused };
}

/** INVARIANT: no receipt of the intent, no action. */
async function intentIsRecorded(
  { receipts, clock, patience }: Executor,
  started: Published,
  began: Began,
  signal: AbortSignal,
): Promise<string | undefined> {
  let why = "no receipt";
  while (clock.monotonic() - began.monotonic < SEND_WITHIN_MS) {
    const receipt = await receipts(started, signal);
    if (receipt.outcome === "receipted") return undefined;
    why = receipt.why;
    await clock.sleep(patience.pollMs, signal);
  }
  return `audit gave no receipt of the intent (${why})`;
}

/** The last look at three clocks: monotonic, wall and the broker's. A machine that slept, or a stepped clock, stops here. */
function tooLate({ clock }: Executor, bundle: Bundle, started: Published, began: Began): string | undefined {
  const wall = clock.wall();
  if (clock.monotonic() - began.monotonic > SEND_WITHIN_MS || Math.abs(wall - began.wall) > SEND_WITHIN_MS)
    return "more than 20 s went by since it was judged";
  if (started.time >= bundle.approved.executeBy) return "its time to be carried out is over (executeBy)";
  if (Math.abs(started.time - wall) > BROKER_SKEW_MS_MAX) return "this clock and the broker's differ by more than 30 s";
  return undefined;
}

async function sendOnce(
  executor: Executor,
  bundle: Bundle,
  action: Extract<Judged, { outcome: "act" }>["action"],
  signal: AbortSignal,
): Promise<Outcome> {
  const { plan } = bundle.allowed;
  let answer: Answer;
  try {
    answer = await executor.sender.send(plan.request, SEND_DEADLINE_MS, signal);
  } catch {
    return reconcile(executor, bundle, signal); // no answer: nobody knows whether it landed
  }
  const said = { status: answer.status, says: answer.says };
  if (answer.status >= 500) return reconcile(executor, bundle, signal);
  if (answer.status >= 400)
    return { state: "refused", because: `the API server refused it: ${answer.says}`, answer: said };
  return { ...(await settle(executor, action, plan, answer, signal)), answer: said };
}

async function report(
  executor: Executor,
  bundle: Bundle,
  approved: Delivery<"proposals.approved">,
  outcome: Outcome,
): Promise<Published> {
  const event = executionEvent(bundle, approved, outcome, {
    executor: executor.name,
    policyDigest: executor.guard.digest,
    at: executor.clock.wall(),
  });
  const published = await executor.bus.publish("executions", event.incident, event, approved);
  const { id: record, incident, proposal, action, state, because } = event;
  executor.reported({ record, incident, proposal, action, state, because, trace: traceOf(approved.headers) });
  return published;
}
