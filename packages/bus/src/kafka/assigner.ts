import { AssignerProtocol, type Assigner, type GroupMember, type PartitionAssigner } from "kafkajs";

const VERSION = 1;

/** What a member says of itself when it joins: the partitions that it works on, and since when. */
export type Claim = { readonly partitions: readonly number[]; readonly since: number };

export const NO_CLAIM: Claim = { partitions: [], since: 0 };

/** Who gets which partition numbers: a member has the same partition of every topic, because that is where a key's records are. */
export type Shares = (claims: ReadonlyMap<string, Claim>, partitions: number) => ReadonlyMap<string, readonly number[]>;

/**
 * One member has everything: the one that has it now, and else the first by name. Where two believe that they have it, the
 * later one is right: the other slept while it was replaced.
 */
export const exclusively: Shares = (claims, partitions) => {
  const strength = ({ partitions: claimed, since }: Claim): number => (claimed.length > 0 ? since : -1);
  const [owner] = byName(claims).toSorted(([, a], [, b]) => strength(b) - strength(a));
  return new Map(owner === undefined ? [] : [[owner[0], upTo(partitions)]]);
};

/** Everybody has as many as the others, give or take one, and keeps what it has as far as that goes. */
export const evenly: Shares = (claims, partitions) => {
  const members = byName(claims);
  const least = Math.floor(partitions / Math.max(1, members.length));
  let beyondLeast = partitions - least * members.length;
  const shares = new Map<string, number[]>(members.map(([name]) => [name, []]));
  const sizeOf = (name: string): number => shares.get(name)?.length ?? 0;
  const hasRoom = (name: string): boolean => sizeOf(name) < least || (sizeOf(name) === least && beyondLeast > 0);
  const give = (partition: number, name: string | undefined): boolean => {
    if (name === undefined) return false;
    if (sizeOf(name) === least) beyondLeast -= 1;
    shares.get(name)?.push(partition);
    return true;
  };
  const holder = (partition: number): string | undefined =>
    members
      .filter(([name, claim]) => claim.partitions.includes(partition) && hasRoom(name))
      .toSorted(([, a], [, b]) => b.since - a.since)[0]?.[0];
  const lightest = (): string | undefined => members.map(([name]) => name).toSorted((a, b) => sizeOf(a) - sizeOf(b))[0];
  const free = upTo(partitions).filter((partition) => !give(partition, holder(partition)));
  for (const partition of free) give(partition, lightest());
  return shares;
};

/** @param claim asked each time this member joins. */
export function assignerOf(name: string, shares: Shares, partitions: number, claim: () => Claim): PartitionAssigner {
  return (): Assigner => ({
    name,
    version: VERSION,
    protocol: ({ topics }) => ({
      name,
      metadata: AssignerProtocol.MemberMetadata.encode({
        version: VERSION,
        topics,
        userData: Buffer.from(JSON.stringify(claim())),
      }),
    }),
    assign: async ({ members, topics }) => {
      const given = shares(new Map(members.map((member) => [member.memberId, claimOf(member)])), partitions);
      return members.map(({ memberId }) => {
        const mine = [...(given.get(memberId) ?? [])];
        const assignment = mine.length === 0 ? {} : Object.fromEntries(topics.map((topic) => [topic, mine]));
        const memberAssignment = AssignerProtocol.MemberAssignment.encode({
          version: VERSION,
          assignment,
          userData: Buffer.alloc(0),
        });
        return { memberId, memberAssignment };
      });
    },
  });
}

/** What cannot be read claims nothing. */
function claimOf({ memberMetadata }: GroupMember): Claim {
  try {
    const text = AssignerProtocol.MemberMetadata.decode(memberMetadata)?.userData.toString() ?? "";
    const { partitions, since } = JSON.parse(text) as Partial<Claim>; // looked at below
    const isWhole = Array.isArray(partitions) && partitions.every(Number.isInteger) && Number.isFinite(since);
    return isWhole ? { partitions, since: Number(since) } : NO_CLAIM;
  } catch {
    return NO_CLAIM;
  }
}

function byName(claims: ReadonlyMap<string, Claim>): readonly (readonly [string, Claim])[] {
  return [...claims].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function upTo(partitions: number): readonly number[] {
  return Array.from({ length: partitions }, (_, partition) => partition);
}
