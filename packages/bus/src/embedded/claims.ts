import type { StatementSync } from "node:sqlite";
import type { Group } from "../log.ts";
import { inTransaction } from "../sqlite.ts";
import type { Store } from "./store.ts";

/** A lease is renewed four times in its life; a standby takes over when it has run out. */
export const LEASE_MS = 3000;

export type Claims = {
  /**
   * Renews what this member holds and takes what is its share and free.
   * @param giveUp partitions to hand back in the same step.
   * @returns the fences of what it holds now, what of that is beyond its share, and when to look again.
   */
  readonly renew: (giveUp: readonly number[]) => Held;
  /** True when something of this member's share could be taken now: a cheap look, without a lock. */
  readonly isFree: () => boolean;
  /** True when the file still says so; to be asked inside the transaction that relies on it. */
  readonly stillHolds: (partition: number) => boolean;
  readonly release: () => void;
};

export type Held = {
  readonly fences: ReadonlyMap<number, number>;
  readonly beyondShare: readonly number[];
  readonly lookAgainInMs: number;
};

/**
 * Who works on which partitions of a group, as leased rows with a fence that grows with every owner.
 * @param me different for every member that ever was.
 * @param freed called once others may take what was given back.
 */
export function openClaims(store: Store, group: Group, me: string, partitions: number, freed: () => void): Claims {
  const claims = claimsOf(store, group, me, partitions);
  return {
    ...claims,
    renew: (giveUp) => {
      const held = claims.renew(giveUp);
      if (giveUp.length > 0) freed();
      return held;
    },
    release: () => {
      claims.release();
      freed();
    },
  };
}

function claimsOf(store: Store, { name: group, exclusive }: Group, me: string, partitions: number): Claims {
  const { enrol, forgetDead, members, rows, rowsSeen, take, extend, giveBack, leave } = statementsOf(store);
  const all = Array.from({ length: partitions }, (_, partition) => partition);
  let fences = new Map<number, number>();
  let share: readonly number[] = all;

  /** A lease that ends later than any can was written under another clock: it binds nobody. */
  const isOver = (until: number, now: number): boolean => until <= now || until > now + LEASE_MS;
  const claims = (statement: StatementSync): ReadonlyMap<number, Claim> =>
    new Map(statement.all(group).map((row) => [Number(row["partition"]), claimOf(row)]));
  const isMine = (claim: Claim | undefined, partition: number): boolean =>
    claim?.member === me && claim.fence === fences.get(partition);
  const takeable = (found: ReadonlyMap<number, Claim>, now: number): readonly number[] => {
    const free = share.filter((partition) => {
      const claim = found.get(partition);
      return !isMine(claim, partition) && (claim === undefined || claim.member === me || isOver(claim.until, now));
    });
    const isWhole = share.every((partition) => free.includes(partition) || isMine(found.get(partition), partition));
    return exclusive && !isWhole ? [] : free;
  };
  const shareOf = (now: number): readonly number[] => {
    if (exclusive) return all;
    enrol.run(group, me, now + LEASE_MS);
    forgetDead.run(group, now, now + LEASE_MS);
    const live = members.all(group).map((row) => String(row["member"]));
    return all.filter((partition) => live[partition % live.length] === me);
  };
  return {
    renew: (giveUp) =>
      inTransaction(store.quick, () => {
        const now = Date.now();
        share = shareOf(now);
        const before = claims(rows);
        const kept = all.filter((partition) => isMine(before.get(partition), partition) && !giveUp.includes(partition));
        for (const partition of giveUp)
          if (isMine(before.get(partition), partition)) giveBack.run(group, partition, me);
        for (const partition of kept) extend.run(group, partition, me, now + LEASE_MS);
        fences = new Map(kept.map((partition) => [partition, before.get(partition)?.fence ?? 0]));
        for (const partition of takeable(before, now)) take.run(group, partition, me, now + LEASE_MS);
        const after = claims(rows);
        fences = new Map(
          [...after]
            .filter(([, claim]) => claim.member === me && !isOver(claim.until, now))
            .map(([partition, { fence }]) => [partition, fence]),
        );
        const foreign = share.flatMap((partition) =>
          fences.has(partition) ? [] : [(after.get(partition)?.until ?? 0) - now + 5],
        );
        return {
          fences,
          beyondShare: [...fences.keys()].filter((partition) => !share.includes(partition)),
          lookAgainInMs: Math.max(20, Math.min(LEASE_MS / 4, ...foreign)),
        };
      }),
    isFree: () =>
      share.some((partition) => !fences.has(partition)) && takeable(claims(rowsSeen), Date.now()).length > 0,
    stillHolds: (partition) => isMine(claims(rows).get(partition), partition),
    release: () =>
      inTransaction(store.quick, () => {
        for (const partition of fences.keys())
          if (isMine(claims(rows).get(partition), partition)) giveBack.run(group, partition, me);
        leave.run(group, me);
        fences = new Map();
      }),
  };
}

type Statement = "enrol" | "forgetDead" | "members" | "rows" | "rowsSeen" | "take" | "extend" | "giveBack" | "leave";
type Claim = { readonly member: string; readonly fence: number; readonly until: number };

function claimOf(row: { readonly [column: string]: unknown }): Claim {
  return { member: String(row["member"]), fence: Number(row["fence"]), until: Number(row["until"]) };
}

function statementsOf({ quick, reader }: Store): Readonly<Record<Statement, StatementSync>> {
  const enrol = quick.prepare(
    "INSERT INTO member(grp, member, until) VALUES(?1, ?2, ?3) ON CONFLICT DO UPDATE SET until = ?3",
  );
  const forgetDead = quick.prepare("DELETE FROM member WHERE grp = ? AND (until <= ? OR until > ?)");
  const members = quick.prepare("SELECT member FROM member WHERE grp = ? ORDER BY member");
  const rows = quick.prepare("SELECT partition, member, fence, until FROM claim WHERE grp = ?");
  const rowsSeen = reader.prepare("SELECT partition, member, fence, until FROM claim WHERE grp = ?");
  const take = quick.prepare(
    `INSERT INTO claim(grp, partition, member, fence, until) VALUES(?1, ?2, ?3, 1, ?4)
     ON CONFLICT DO UPDATE SET member = ?3, fence = fence + 1, until = ?4`,
  );
  const extend = quick.prepare("UPDATE claim SET until = ?4 WHERE grp = ?1 AND partition = ?2 AND member = ?3");
  const giveBack = quick.prepare("UPDATE claim SET until = 0 WHERE grp = ? AND partition = ? AND member = ?");
  const leave = quick.prepare("DELETE FROM member WHERE grp = ? AND member = ?");
  return { enrol, forgetDead, members, rows, rowsSeen, take, extend, giveBack, leave };
}
