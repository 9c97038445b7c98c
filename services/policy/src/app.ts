import type { Bus, Delivery, Published, Subscription, View } from "@holdfast/bus";
import { traceOf, type Cause } from "@holdfast/schemas";
import { isOpen, PROPOSAL_TOPICS, verdictOf, type Proposal, type ProposalTopic } from "@holdfast/proposals";
import { answerOf, broughtByTriage, tooLargeOf, type Answer, type Brought } from "./answer.ts";
import { closing, due, type Due } from "./due.ts";
import { openKnowledge, type Knowledge } from "./knowledge.ts";
import { oneAtATime, type InTurn } from "./one-at-a-time.ts";
import { plan } from "./plan.ts";
import type { Policy } from "./policy.ts";
import { isBackOut, redraft } from "./redraft.ts";

export type Running = { readonly view: View; readonly knowledge: Knowledge; readonly subscription: Subscription };

const SWEEP_MS = 1_000;
const CONCURRENCY = 16;

/** Runs until the stack is disposed. Read, decide purely, publish, acknowledge: in that order. */
export async function startPolicy(policy: Policy, stack: AsyncDisposableStack): Promise<Running> {
  const knowledge = openKnowledge();
  let decides = (): boolean => false; // what a start reads again was counted when it came
  const view = stack.use(
    policy.bus.view(["incidents", ...PROPOSAL_TOPICS], (delivery) => {
      if (decides()) policy.recorded(delivery, proposalIn(delivery, knowledge));
      knowledge.fold(delivery);
    }),
  );
  await view.caughtUp;
  const desk: Desk = { ...policy, knowledge, view, ofProposal: oneAtATime(), ofSubject: oneAtATime() };
  const subscription = stack.use(
    await policy.bus.subscribe(
      ["proposals.drafted", "approvals", "incidents"],
      "policy",
      async (delivery, signal) => {
        await view.reached(delivery, signal);
        if (delivery.topic === "proposals.drafted") await decide(desk, broughtByTriage(delivery), delivery, signal);
        else if (delivery.topic === "approvals" && delivery.event.kind === "request")
          await planAnew(desk, delivery, signal);
        else if (delivery.topic === "approvals") await settle(desk, delivery.event.proposal, delivery);
        else
          for (const { id } of knowledge.proposals.ofIncident(delivery.event.incident))
            await settle(desk, id, delivery);
      },
      {
        concurrency: CONCURRENCY,
        exclusive: true,
        parked: "hold-key",
        closes: (delivery) => delivery.topic === "incidents" && delivery.event.change === "closed",
      },
    ),
  );
  stack.use(sweeping(desk, subscription));
  decides = subscription.active;
  return { view, knowledge, subscription };
}

function proposalIn(delivery: Delivery<"incidents" | ProposalTopic>, { proposals }: Knowledge): Proposal | undefined {
  return delivery.topic === "incidents" ? undefined : proposals.get(delivery.event.proposal);
}

type Desk = Policy & {
  readonly knowledge: Knowledge;
  readonly view: View;
  readonly ofProposal: InTurn;
  /** Asked for inside the turn of a proposal, and never the other way round. */
  readonly ofSubject: InTurn;
};

async function decide(desk: Desk, draft: Brought, cause: Cause, signal: AbortSignal): Promise<void> {
  const { bus, ofProposal, ofSubject, knowledge, planner, view } = desk;
  const { proposal } = draft.event;
  const isDecided = (): boolean => {
    const known = knowledge.proposals.get(proposal);
    return known?.allowed !== undefined || known?.denied !== undefined;
  };
  if (isDecided()) return;
  const planned = await plan(planner, draft.event, signal);
  const subject = planned.outcome === "planned" ? planned.plan.subject : proposal;
  const answer = async (): Promise<void> => {
    if (isDecided()) return;
    const now = planner.now().getTime();
    for (const answer of [answerOf(desk, knowledge, draft, planned, now), tooLargeOf(desk, draft, planned, now)]) {
      const published = await tell(bus, answer, cause);
      if (published === undefined) continue;
      await view.reached(published);
      return desk.decided({ ...answer.decision, record: answer.event.id, trace: traceOf(cause.headers) });
    }
    desk.ignored(draft.event.id, "the draft alone is as large as a record may be, so no answer holds it");
  };
  // From the decision to the fold of our own answer: no proposal is decided twice, no two drafts find the same subject free.
  await ofProposal(proposal, () => ofSubject(subject, answer));
}

/** @returns undefined where no topic takes it: tried again it would be as large, and its key would wait for ever. */
async function tell(bus: Bus, { topic, event }: Answer, cause: Cause): Promise<Published | undefined> {
  try {
    return topic === "proposals.allowed"
      ? await bus.publish(topic, event.incident, event, cause)
      : await bus.publish(topic, event.incident, event, cause);
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}

/** A person asks for another plan: what is open of the old one is closed first, so that its subject is free. */
async function planAnew(desk: Desk, request: Delivery<"approvals">, signal: AbortSignal): Promise<void> {
  const { event } = request;
  const { bus, codec, ofProposal, knowledge, planner, settleMs, view } = desk;
  const old = knowledge.proposals.get(event.proposal);
  const again = redraft(codec.open, event, old, { now: planner.now().getTime(), settleMs });
  if (again.outcome === "nothing") return desk.ignored(event.id, again.why);
  await ofProposal(event.proposal, async () => {
    if (old?.allowed === undefined || verdictOf(codec.open, old.approvals).state !== "open" || !isOpen(old)) return;
    await view.reached(
      await bus.publish(
        "approvals",
        old.incident,
        closing(old.allowed, "superseded", "Somebody asked to plan it anew.", planner.now().getTime()),
        request,
      ),
    );
  });
  await settle(desk, event.proposal, request);
  await decide(desk, { ...again.draft, from: "person" }, request, signal);
}

/** Publishes what is due for one proposal until nothing is; each step is folded before the next look. */
async function settle(desk: Desk, id: string, cause?: Cause): Promise<void> {
  const { bus, ofProposal, knowledge, view } = desk;
  await ofProposal(id, async () => {
    for (;;) {
      const proposal = knowledge.proposals.get(id);
      const next = proposal && dueNow(desk, proposal);
      if (proposal === undefined || next === undefined) return;
      await view.reached(await bus.publish(next.topic, proposal.incident, next.event, cause));
    }
  });
}

function dueNow({ codec, knowledge, limits, mode, planner }: Desk, proposal: Proposal): Due | undefined {
  if (!isOpen(proposal)) return undefined;
  const clock = { now: planner.now().getTime(), skewMs: limits.skewSeconds * 1000 };
  const over = whyOver(mode, knowledge.isClosed(proposal.incident) && !isBackOut(proposal));
  const next = due(codec.open, proposal, over, clock);
  // An observing policy holds no key that opens: it approves nothing, not even what was decided before it observed.
  return mode === "observe" && next?.topic === "proposals.approved" ? undefined : next;
}

function whyOver(mode: Policy["mode"], incidentClosed: boolean): string | undefined {
  if (incidentClosed) return "The incident closed, so there is nothing left to change for it.";
  return mode === "observe" ? "Holdfast only observes here now, so nothing waits for approval." : undefined;
}

/**
 * INVARIANT: nothing is settled of an incident that is held: what could not be read of it may have been somebody's no.
 * What time alone makes due has no delivery of its own, nor has what a crash left unpublished.
 */
function sweeping(desk: Desk, subscription: Subscription): Disposable {
  let busy = false;
  /** Almost nothing is due at any second, and what is not takes no turn. */
  const look = async (proposal: Proposal): Promise<void> => {
    if (dueNow(desk, proposal) !== undefined) await settle(desk, proposal.id);
  };
  const sweep = async (): Promise<void> => {
    busy = true;
    for (const proposal of desk.knowledge.proposals.all())
      if (isOpen(proposal) && !subscription.isHeld(proposal.incident)) await look(proposal).catch(desk.delayed); // one that fails keeps no other waiting
    busy = false;
  };
  const timer = setInterval(() => {
    if (subscription.active() && !busy) void sweep();
  }, SWEEP_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
