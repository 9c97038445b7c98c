import type { AckFacts, Guard, Person, PersonId } from "@holdfast/guard";
import type { Allowed } from "@holdfast/schemas";
import { refused, type Refused } from "./refusal.ts";
import type { Sealed } from "./sealed.ts";

type Approves = Pick<Guard, "approve">;

/** Whether this person's vote can count at all, by what policy sealed. It binds a rejection too: the fold counts both alike. */
export function outranked({ roles, level }: Allowed, person: Person): Refused | undefined {
  if (!person.roles.some((role) => roles.includes(role)))
    return refused(
      403,
      `A vote on this needs the role ${roles.join(" or ")}, and ${person.name} has ${person.roles.join(", ")}. Ask somebody who has it.`,
    );
  if (person.level < level)
    return refused(
      403,
      `A vote on this needs proof of identity of level ${level}, and yours, a static token, is of level ${person.level}. Ask somebody who can sign in more strongly.`,
    );
  return undefined;
}

/** Whether the guard lets this person approve it, if everything else about the vote is as it must be. */
export function barred(guard: Approves, sealed: Sealed, person: Person): Refused | undefined {
  const now = sealed.allowed.lastMoment - 1;
  return denied(guard, ackFacts(sealed, person, { typedConfirmation: true, now, priorApprovers: [] }));
}

/** The guard's answer to the approval as it is, which nothing but a clean yes lets pass. */
export function deniedAsCast(
  guard: Approves,
  sealed: Sealed,
  person: Person,
  cast: { readonly typed: string | undefined; readonly now: number; readonly prior: readonly PersonId[] },
): Refused | undefined {
  const typedConfirmation = cast.typed === sealed.allowed.confirmText;
  return denied(guard, ackFacts(sealed, person, { typedConfirmation, now: cast.now, priorApprovers: cast.prior }));
}

function ackFacts(
  { allowed, tier, env, scope }: Sealed,
  person: Person,
  cast: Pick<AckFacts, "typedConfirmation" | "now" | "priorApprovers">,
): AckFacts {
  const { target, reversible } = allowed.plan;
  const { issuer, subject, roles } = person;
  return {
    env,
    scope,
    cluster: target.cluster,
    namespace: target.namespace ?? undefined,
    reversible,
    approver: { kind: "person", issuer, subject, roles },
    tier,
    digestMatches: true,
    expiresAt: allowed.lastMoment,
    assurance: person.level,
    ...cast,
  };
}

function denied(guard: Approves, facts: AckFacts): Refused | undefined {
  const verdict = guard.approve(facts);
  if (verdict.outcome === "allow") return undefined;
  return refused(403, verdict.rules.map(({ reason }) => reason).join(" "));
}
