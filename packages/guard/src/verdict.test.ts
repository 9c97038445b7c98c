import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { personKey } from "./facts.ts";
import { counts, foldVotes } from "./verdict.ts";
import type { ApprovalRecord, ClosingRecord, Standing, Terms, VoteRecord } from "./verdict.ts";

const TERMS: Terms = { digest: "d1", quorum: 2, roles: ["oncall"], level: 1, lastMoment: 1000 };
const ONE: Terms = { ...TERMS, quorum: 1 };

function vote(subject: string, told: Partial<VoteRecord> = {}): VoteRecord {
  const decision = told.decision ?? "approve";
  return {
    kind: "vote",
    id: `${subject}-${decision}`,
    person: { issuer: "holdfast/static", subject },
    digest: "d1",
    decision,
    time: 10,
    countable: true,
    ...told,
  };
}

function closing(told: Partial<ClosingRecord> = {}): ClosingRecord {
  return { kind: "closing", id: "closing", closing: "expired", time: 20, ...told };
}

describe("the first of a rejection, a closing and the completing vote decides", () => {
  test("nothing yet is open", () => {
    expect(foldVotes([], TERMS)).toEqual({ state: "open", approvals: [] });
  });

  test("the vote that completes the quorum approves, at its own time", () => {
    const [ann, bob] = [vote("ann"), vote("bob", { time: 30 })];
    expect(foldVotes([ann], TERMS)).toEqual({ state: "open", approvals: [ann] });
    expect(foldVotes([ann, bob, vote("cy")], TERMS)).toEqual({ state: "approved", votes: [ann, bob], at: 30 });
  });

  test("one rejection closes it, also by somebody who approved before", () => {
    const rejection = vote("ann", { decision: "reject", time: 30 });
    expect(foldVotes([vote("ann"), rejection, vote("bob")], TERMS)).toEqual({
      state: "rejected",
      by: rejection,
      at: 30,
    });
  });

  test.each(["expired", "withdrawn", "superseded"] as const)("a closing (%s) closes it", (kind) => {
    const record = closing({ closing: kind });
    expect(foldVotes([vote("ann"), record, vote("bob")], TERMS)).toEqual({ state: "rejected", by: record, at: 20 });
  });

  test("after the verdict nothing moves", () => {
    expect(foldVotes([vote("ann"), vote("bob", { decision: "reject" }), closing()], ONE).state).toBe("approved");
    expect(foldVotes([closing(), vote("ann")], ONE).state).toBe("rejected");
  });
});

describe("what does not count", () => {
  test("the same person a second time", () => {
    expect(foldVotes([vote("ann"), vote("ann", { id: "again" })], TERMS).state).toBe("open");
  });

  test("the same subject of another issuer is another person", () => {
    const other = vote("ann", { id: "other", person: { issuer: "https://idp.example", subject: "ann" } });
    expect(foldVotes([vote("ann"), other], TERMS).state).toBe("approved");
    expect(personKey({ issuer: 'a","b', subject: "c" })).not.toBe(personKey({ issuer: "a", subject: 'b","c' }));
  });

  test("a vote for another digest, even one marked countable", () => {
    expect(foldVotes([vote("ann", { digest: "d2" })], ONE).state).toBe("open");
    expect(foldVotes([vote("ann", { digest: "d2", decision: "reject" })], ONE).state).toBe("open");
  });

  test("a vote that is not countable, whichever way it goes", () => {
    expect(
      foldVotes([vote("ann", { countable: false }), vote("bob", { countable: false, decision: "reject" })], ONE).state,
    ).toBe("open");
  });

  test("a vote at the last moment or after it; one before it counts", () => {
    expect(foldVotes([vote("ann", { time: 999 })], ONE).state).toBe("approved");
    expect(foldVotes([vote("ann", { time: 1000 })], ONE).state).toBe("open");
    expect(foldVotes([vote("ann", { time: 1001, decision: "reject" })], ONE).state).toBe("open");
  });

  test("a closing counts at any time: it is how a proposal ends whose time is over", () => {
    expect(foldVotes([closing({ time: 5000 })], ONE).state).toBe("rejected");
  });

  test("the first record of an id is the event, later ones vanish", () => {
    const first = vote("ann", { countable: false });
    expect(foldVotes([first, { ...first, countable: true }], ONE).state).toBe("open");
  });
});

describe("a vote is countable", () => {
  const good = { digest: "d1", roles: ["reader", "oncall"], level: 2 };
  const terms = { ...TERMS, level: 2 };
  test("with the digest, one of the roles and the level", () => expect(counts(good, terms)).toBe(true));
  test("not with another digest", () => expect(counts({ ...good, digest: "d2" }, terms)).toBe(false));
  test("not without a role of the terms", () => expect(counts({ ...good, roles: ["reader"] }, terms)).toBe(false));
  test("not below the level", () => expect(counts({ ...good, level: 1 }, terms)).toBe(false));
  test("not where the terms name no role", () => expect(counts(good, { ...terms, roles: [] })).toBe(false));
});

describe("for any records", () => {
  const person = fc.record({ issuer: fc.constantFrom("i", "j"), subject: fc.constantFrom("ann", "bob", "cy") });
  const id = fc.integer({ min: 0, max: 15 }).map(String);
  const anyVote: fc.Arbitrary<ApprovalRecord> = fc.record({
    kind: fc.constant("vote" as const),
    id,
    person,
    digest: fc.constantFrom("d1", "d1", "d1", "d2"),
    decision: fc.constantFrom("approve" as const, "approve" as const, "approve" as const, "reject" as const),
    time: fc.integer({ min: 990, max: 1005 }),
    countable: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
  });
  const anyClosing: fc.Arbitrary<ApprovalRecord> = fc.record({
    kind: fc.constant("closing" as const),
    id,
    closing: fc.constantFrom("expired" as const, "withdrawn" as const, "superseded" as const),
    time: fc.nat({ max: 2000 }),
  });
  const records = fc.array(fc.oneof({ weight: 8, arbitrary: anyVote }, anyClosing), { maxLength: 14 });
  const terms = fc.integer({ min: 1, max: 3 }).map((quorum): Terms => ({ ...TERMS, quorum }));

  test("a verdict never changes, whatever is appended", () => {
    fc.assert(
      fc.property(records, records, terms, (before, after, sealed) => {
        const verdict = foldVotes(before, sealed);
        fc.pre(verdict.state !== "open");
        expect(foldVotes([...before, ...after], sealed)).toEqual(verdict);
      }),
    );
  });

  test("there is one terminal state, reached at one record, and every longer prefix has it", () => {
    fc.assert(
      fc.property(records, terms, (all, sealed) => {
        const standings: readonly Standing[] = [...all.keys(), all.length].map((length) =>
          foldVotes(all.slice(0, length), sealed),
        );
        const terminal = new Set(
          standings.filter(({ state }) => state !== "open").map((standing) => JSON.stringify(standing)),
        );
        expect(terminal.size).toBeLessThanOrEqual(1);
        const first = standings.findIndex(({ state }) => state !== "open");
        if (first !== -1) expect(standings.slice(first).every(({ state }) => state !== "open")).toBe(true);
      }),
    );
  });

  test("an approval has as many distinct people as the quorum, each with a vote that counts", () => {
    fc.assert(
      fc.property(records, terms, (all, sealed) => {
        const standing = foldVotes(all, sealed);
        fc.pre(standing.state === "approved");
        expect(new Set(standing.votes.map((each) => personKey(each.person))).size).toBe(sealed.quorum);
        for (const each of standing.votes)
          expect([each.countable, each.digest, each.decision, each.time < sealed.lastMoment]).toEqual([
            true,
            sealed.digest,
            "approve",
            true,
          ]);
      }),
    );
  });

  test("a repeated record changes nothing", () => {
    fc.assert(
      fc.property(records, terms, (all, sealed) => {
        expect(
          foldVotes(
            all.flatMap((record) => [record, record]),
            sealed,
          ),
        ).toEqual(foldVotes(all, sealed));
        expect(foldVotes([...all, ...all], sealed)).toEqual(foldVotes(all, sealed));
      }),
    );
  });

  test("among approvals alone the order decides who is counted, never whether it is approved", () => {
    const approval = anyVote.map((record): ApprovalRecord =>
      record.kind === "vote" ? { ...record, decision: "approve" } : record,
    );
    const distinct = fc.uniqueArray(approval, { selector: (record) => record.id, maxLength: 8 });
    const shuffled = distinct.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(shuffled, terms, ([all, other], sealed) => {
        expect(foldVotes(other, sealed).state).toBe(foldVotes(all, sealed).state);
      }),
    );
  });

  test("records that do not count may stand anywhere", () => {
    fc.assert(
      fc.property(records, terms, (all, sealed) => {
        const idle = vote("idle", { id: "idle", countable: false, decision: "reject" });
        const expected = foldVotes(all, sealed);
        for (const at of [...all.keys(), all.length])
          expect(foldVotes(all.toSpliced(at, 0, idle), sealed)).toEqual(expected);
      }),
    );
  });

  test("twenty-five votes at once make one verdict", () => {
    const crowd = Array.from({ length: 25 }, (_, at) => vote(`person${at}`, { time: 10 + at }));
    const standing = foldVotes(crowd, TERMS);
    expect(standing).toEqual({ state: "approved", votes: crowd.slice(0, 2), at: 11 });
  });
});
