import type { Person } from "@holdfast/guard";

/** How long somebody looked at a proposal before they decided: what cannot be approved blindly can still be waved through. */
export type Attention = {
  /** @param person undefined where the door asks nobody for a name, as on loopback. */
  readonly shown: (proposal: string, person: string | undefined) => void;
  /** Called once a vote is recorded. */
  readonly voted: (vote: { readonly proposal: string; readonly person: Person; readonly decision: string }) => void;
};

export type Took = (person: string, decision: string, seconds: number) => void;

const KEPT_MAX = 10_000;
const ANYBODY = "";

export function openAttention(approvers: readonly Pick<Person, "subject">[], now: () => number, took: Took): Attention {
  const names = new Set(approvers.map(({ subject }) => subject));
  const firsts = new Map<string, number>();
  const counted = new Map<string, number>();
  return {
    shown: (proposal, person = ANYBODY) => once(firsts, `${proposal} ${person}`, now()),
    voted: ({ proposal, person: { subject }, decision }) => {
      const at = now();
      if (!once(counted, `${proposal} ${subject} ${decision}`, at)) return; // the same vote, sent again
      const first = firsts.get(`${proposal} ${subject}`) ?? firsts.get(`${proposal} ${ANYBODY}`) ?? at;
      // A name that the list does not have would be a label of its own.
      took(names.has(subject) ? subject : "other", decision, Math.max(0, at - first) / 1000);
    },
  };
}

/** Keeps the first moment of each key, of the newest keys. */
function once(moments: Map<string, number>, key: string, at: number): boolean {
  if (moments.has(key)) return false;
  moments.set(key, at);
  const [oldest] = moments.keys();
  if (moments.size > KEPT_MAX && oldest !== undefined) moments.delete(oldest);
  return true;
}
