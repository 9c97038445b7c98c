import type { Bus, View } from "@holdfast/bus";
import { personKey, type Person } from "@holdfast/guard";
import { stateOf, type ProposalState } from "@holdfast/proposals";
import type { Attention } from "./attention.ts";
import { afterCast } from "./closed.ts";
import { once, recorded } from "./recorded.ts";
import type { Pace } from "./pace.ts";
import { refused, type Refused } from "./refusal.ts";
import { voteOn, type Polls } from "./vote.ts";

/** The answer to a vote once it was carried through. */
export type Voted =
  | {
      readonly outcome: "recorded";
      readonly id: string;
      readonly proposal: string;
      readonly digest: string;
      readonly decision: "approve" | "reject";
      readonly state: ProposalState;
    }
  | Refused
  | { readonly outcome: "unsure"; readonly cause: unknown };

/** Takes votes: decides purely, publishes what is new, and answers when the fold has seen it. */
export type Poll = (person: Person | undefined, body: unknown) => Promise<Voted>;

export type Counted = (decision: string, tier: string, status: number) => void;

type Ports = Polls & {
  readonly bus: Pick<Bus, "publish" | "now">;
  readonly view: Pick<View, "reached">;
  readonly settleMs: number;
  readonly pace: Pace;
  readonly counted: Counted;
  readonly voted: Attention["voted"];
};

export function openPoll(ports: Ports): Poll {
  const underWay = new Map<string, Promise<void>>();
  return async (person, body) => {
    const now = await ports.bus.now();
    const answer = tooMany(ports.pace, person, now) ?? voteOn(ports, person, body, now);
    if (answer.outcome === "refused") {
      ports.counted("none", "none", answer.status);
      return answer;
    }
    const { proposal, ballot } = answer;
    const id = answer.outcome === "cast" ? answer.event.id : answer.id;
    try {
      // The same vote sent twice at once is published once; the verdict needs no such care, for the fold decides it.
      if (answer.outcome === "cast") await once(underWay, id, () => recorded(ports, answer.event));
    } catch (cause) {
      return { outcome: "unsure", cause };
    }
    const late = answer.outcome === "cast" ? afterCast(ports.open, proposal, id) : undefined;
    ports.counted(ballot.decision, proposal.allowed?.event.tier.replace("_", "-") ?? "none", late?.status ?? 201);
    if (late !== undefined) return late;
    if (person !== undefined) ports.voted({ proposal: proposal.id, person, decision: ballot.decision });
    const state = stateOf(ports.open, proposal, await ports.bus.now(), ports.settleMs);
    return { outcome: "recorded", id, proposal: proposal.id, digest: ballot.digest, decision: ballot.decision, state };
  };
}

/** Whoever is not known yet has no count: they are refused as that. */
function tooMany(pace: Pace, person: Person | undefined, now: number): Refused | undefined {
  const seconds = person && pace.waitOf(personKey(person), now);
  if (seconds === undefined) return undefined;
  const says = `You have sent more votes within a minute than one person may. Nothing was recorded. Try again in ${seconds} s.`;
  return { ...refused(429, says), retryAfterSeconds: seconds };
}
