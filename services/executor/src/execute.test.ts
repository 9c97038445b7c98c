import { describe, expect, test } from "vitest";
import type { Action } from "@holdfast/actions";
import { execute } from "./execute.ts";
import type { Executor } from "./executor.ts";
import { approvedDelivery, claimsInMemory, codec, NOW, ownTables, stage, type Stage } from "./testing.ts";

const signal = new AbortController().signal;
const run = async (
  changed: Partial<Executor> = {},
  delivery = approvedDelivery(),
  own = ownTables(),
): Promise<Stage & { readonly states: readonly string[] }> => {
  const set = stage(changed, own);
  await execute(set.executor, delivery, signal);
  return { ...set, states: set.published.map(({ state, because }) => `${state}: ${because}`) };
};

test("an approved proposal is claimed, recorded, sent once, and verified until it settled", async () => {
  const { states, sent, published } = await run();
  expect(states).toEqual(["started: claimed, judged again and recorded", "succeeded: 3 of 3 pods serve (revision 3)"]);
  expect(sent()).toBe(1);
  expect(published[1]?.backOut?.kind).toBe("command");
});

test("of twenty executors with the same record one sends, and every outcome is the same event", async () => {
  const claims = claimsInMemory();
  const stages = Array.from({ length: 20 }, () => stage({ claims, name: `executor-${Math.random()}` }));
  const landed = (): boolean => stages.some(({ sent }) => sent() > 0);
  const delivery = approvedDelivery();
  const shared = stages.map(({ executor }) => ({
    ...executor,
    catalogue: new Map(
      [...executor.catalogue].map(([name, action]) => [
        name,
        { ...action, landed: async () => (landed() ? "yes" : "no") } as const,
      ]),
    ),
  }));
  await Promise.all(shared.map((executor) => execute(executor, delivery, signal)));
  expect(stages.reduce((sum, { sent }) => sum + sent(), 0)).toBe(1);
  expect(
    new Set(
      stages.flatMap(({ published }) => published.filter(({ state }) => state === "succeeded").map(({ id }) => id)),
    ).size,
  ).toBe(1);
});

describe("what is not recorded does not happen", () => {
  test("without a receipt of the approval nothing is claimed, until its time is over and it is refused", async () => {
    const { states, sent } = await run({ receipts: async () => ({ outcome: "none", why: "audit answered 503" }) });
    expect(sent()).toBe(0);
    expect(states).toEqual([expect.stringMatching(/^refused: its approval was never found in the audit log/)]);
  });
  test("without a receipt of the intent nothing is sent", async () => {
    const { states, sent } = await run({
      receipts: async ({ topic, offset }) =>
        topic === "proposals.approved" && offset === 0
          ? { outcome: "receipted" }
          : { outcome: "none", why: "audit answered 503" },
    });
    expect(sent()).toBe(0);
    expect(states).toEqual([
      "started: claimed, judged again and recorded",
      "refused: stopped before acting: audit gave no receipt of the intent (audit answered 503)",
    ]);
  });
});

describe("a bundle that does not verify is parked and never has an outcome", () => {
  test("a vote of a stranger's key", async () => {
    const set = stage({
      codec: {
        ...codec,
        open: (topic, envelope) =>
          topic === "approvals"
            ? { outcome: "unverified", why: "no pinned key of approval made this signature" }
            : codec.open(topic, envelope),
      },
    });
    const parked: string[] = [];
    await execute({ ...set.executor, reported: ({ state }) => parked.push(state) }, approvedDelivery(), signal);
    expect([parked, set.published, set.sent()]).toEqual([["parked"], [], 0]);
  });
});

describe("after a crash the cluster is asked, and no effect is tried a second time", () => {
  const claimed = async (refused?: string): Promise<Executor["claims"]> => {
    const claims = claimsInMemory();
    await claims.create(approvedDelivery().event.proposal, "a dead executor", refused);
    return claims;
  };
  const landed = (answer: "yes" | "no" | "cannot-tell"): Executor["catalogue"] =>
    new Map([...stage().executor.catalogue].map(([name, action]) => [name, { ...action, landed: async () => answer }]));

  test("it landed: verified and reported", async () =>
    expect((await run({ claims: await claimed(), catalogue: landed("yes") })).states).toEqual([
      "succeeded: 3 of 3 pods serve (revision 3)",
    ]));
  test("it did not: refused", async () =>
    expect((await run({ claims: await claimed(), catalogue: landed("no") })).states).toEqual([
      "refused: stopped before acting: the change is not there",
    ]));
  test("nobody can tell: unknown, for a person to look", async () =>
    expect((await run({ claims: await claimed(), catalogue: landed("cannot-tell") })).states).toEqual([
      expect.stringMatching(/^unknown: /),
    ]));
  test("whoever is overtaken while it claims repeats the refusal that the other marked", async () => {
    const marked = await claimed("the window closed");
    let looks = 0;
    const look: typeof marked.look = async (...of) => ((looks += 1) === 1 ? undefined : marked.look(...of));
    const { states, sent } = await run({ claims: { ...marked, look } });
    expect([states, sent()]).toEqual([["refused: the window closed"], 0]);
  });
  test("an executor that does not know the action cannot tell", async () => {
    const { states } = await run({ claims: await claimed(), catalogue: new Map() });
    expect(states).toEqual([expect.stringMatching(/^unknown: this executor has no action called/)]);
  });
  test("a claim that marks a refusal repeats it", async () =>
    expect((await run({ claims: await claimed("the window closed") })).states).toEqual(["refused: the window closed"]));
  test("a refusal marks its claim, and whoever comes next repeats it", async () => {
    const claims = claimsInMemory();
    const frozen = ownTables({
      windows:
        "windows: []\nfreezes:\n- name: year-end\n  selector: { env: dev }\n  absolute: [{ from: 2026-11-22T02:00:00Z, to: 2026-11-23T00:00:00Z }]\n",
    });
    const [first, next] = [await run({ claims }, approvedDelivery(), frozen), await run({ claims })];
    expect(first.states).toEqual([expect.stringMatching(/^refused: policy denies it now: .*freeze/)]);
    expect([next.states, next.sent()]).toEqual([first.states, 0]);
  });
  test("the cluster is asked only once the owner of the claim can no longer act", async () => {
    const set = stage({ claims: await claimed() });
    const asked: number[] = [];
    const landed = async (): Promise<"no"> => {
      asked.push(set.executor.clock.monotonic());
      return "no";
    };
    const catalogue = new Map([...set.executor.catalogue].map(([name, action]) => [name, { ...action, landed }]));
    await execute({ ...set.executor, catalogue }, approvedDelivery(), signal);
    expect(asked).toEqual([set.executor.patience.reconcileMs]);
  });
  test("none of them sends", async () => {
    for (const answer of ["yes", "no", "cannot-tell"] as const)
      expect((await run({ claims: await claimed(), catalogue: landed(answer) })).sent()).toBe(0);
  });
});

describe("the one send", () => {
  const answering = (status: number): Partial<Executor> => ({
    sender: { send: async () => ({ status, says: `the server says ${status}`, object: undefined }) },
  });
  test("a precondition that failed is a refusal with the server's word", async () =>
    expect((await run(answering(422))).states.at(-1)).toBe("refused: the API server refused it: the server says 422"));
  test("an answer that tells nothing is reconciled, never sent again", async () =>
    expect((await run(answering(504))).states.at(-1)).toMatch(
      /^refused: stopped before acting: the change is not there/,
    ));
  test("no answer at all is reconciled, never sent again", async () => {
    let sends = 0;
    const { states } = await run({ sender: { send: async () => Promise.reject(new Error(`cut ${(sends += 1)}`)) } });
    expect([sends, states.at(-1)]).toEqual([1, "refused: stopped before acting: the change is not there"]);
  });
});

describe("three clocks", () => {
  const clock = (changed: Partial<Executor["clock"]>): Partial<Executor> => ({
    clock: { ...stage().executor.clock, ...changed },
  });
  test("a wall clock that jumped between judging and sending stops it", async () => {
    let receipts = 0;
    const jumping = clock({ wall: () => NOW + (receipts > 1 ? 60_000 : 0) });
    const { states, sent } = await run({
      ...jumping,
      receipts: async () => {
        receipts += 1;
        return { outcome: "receipted" };
      },
    });
    expect(sent()).toBe(0);
    expect(states.at(-1)).toBe("refused: stopped before acting: more than 20 s went by since it was judged");
  });
  test("a machine that slept between judging and sending stops it", async () => {
    let receipts = 0;
    const set = stage();
    const { clock } = set.executor;
    const slept = { ...clock, monotonic: () => clock.monotonic() + (receipts > 1 ? 60_000 : 0) };
    const counting = async (): Promise<{ readonly outcome: "receipted" }> => {
      receipts += 1;
      return { outcome: "receipted" };
    };
    await execute({ ...set.executor, clock: slept, receipts: counting }, approvedDelivery(), signal);
    expect([set.sent(), set.published.at(-1)?.because]).toEqual([
      0,
      "stopped before acting: more than 20 s went by since it was judged",
    ]);
  });
  test("an intent that the broker took at executeBy or later stops it", async () => {
    const set = stage();
    const delivery = approvedDelivery();
    const { publish } = set.executor.bus;
    const late = {
      ...set.executor.bus,
      publish: (async (...of: Parameters<typeof publish>) => ({
        ...(await publish(...of)),
        time: delivery.event.executeBy,
      })) as typeof publish,
    };
    await execute({ ...set.executor, bus: late }, delivery, signal);
    expect([set.sent(), set.published.at(-1)?.because]).toEqual([
      0,
      "stopped before acting: its time to be carried out is over (executeBy)",
    ]);
  });
  test("a broker whose clock is more than 30 s away stops it", async () => {
    const set = stage();
    const { publish } = set.executor.bus;
    const skewed = {
      ...set.executor.bus,
      publish: (async (...of: Parameters<typeof publish>) => ({
        ...(await publish(...of)),
        time: NOW - 31_000,
      })) as typeof publish,
    };
    await execute({ ...set.executor, bus: skewed }, approvedDelivery(), signal);
    expect([set.sent(), set.published.at(-1)?.because]).toEqual([
      0,
      "stopped before acting: this clock and the broker's differ by more than 30 s",
    ]);
  });
});

test("a change that never becomes healthy has failed, and its back-out is said", async () => {
  const pending = { outcome: "pending", says: "1 of 3 pods serve", print: "b", observed: [] } as const;
  const catalogue = new Map(
    [...stage().executor.catalogue].map(([name, action]) => [name, { ...action, verify: async () => pending }]),
  );
  const { states, published } = await run({ catalogue });
  expect(states.at(-1)).toMatch(/^failed: it was sent, and was not healthy 48 s later: 1 of 3 pods serve/);
  expect(published.at(-1)?.backOut?.kind).toBe("command");
});

test("a change has succeeded only once it was healthy for the whole settling time", async () => {
  const set = stage();
  await execute(set.executor, approvedDelivery(), signal);
  expect(set.published.at(-1)?.state).toBe("succeeded");
  expect(set.executor.clock.monotonic()).toBeGreaterThanOrEqual(set.executor.patience.settleMs);
});

describe("while a change is verified", () => {
  const verifying = (verify: Action["verify"]): Partial<Executor> => ({
    catalogue: new Map([...stage().executor.catalogue].map(([name, action]) => [name, { ...action, verify }])),
  });
  test("one that has failed is reported at once, with what was seen", async () => {
    const observed = [{ name: "replicas", value: "0", source: "kube", readAt: NOW }];
    const failed = { outcome: "failed", says: "the rollout has stalled", print: "b", observed } as const;
    const { states, published } = await run(verifying(async () => failed));
    expect(states.at(-1)).toBe("failed: the rollout has stalled");
    expect(published.at(-1)?.observed).toEqual(observed);
  });
  test("a cluster that cannot be read is asked again", async () => {
    let asked = 0;
    const healthy = { outcome: "healthy", says: "3 of 3 pods serve", print: "a", observed: [] } as const;
    const verify = async (): Promise<typeof healthy> =>
      (asked += 1) < 3 ? Promise.reject(new Error("no route")) : healthy;
    expect((await run(verifying(verify))).states.at(-1)).toBe("succeeded: 3 of 3 pods serve");
  });
  test("one that was healthy once and could not be read again has not settled", async () => {
    let asked = 0;
    const healthy = { outcome: "healthy", says: "3 of 3 pods serve", print: "a", observed: [] } as const;
    const verify = async (): Promise<typeof healthy> =>
      (asked += 1) > 1 ? Promise.reject(new Error("no route")) : healthy;
    expect((await run(verifying(verify))).states.at(-1)).toMatch(/^failed: .* the cluster could not be read since$/);
  });
});

test("what was not done has nothing to undo", async () => {
  const { published } = await run({ receipts: async () => ({ outcome: "none", why: "audit answered 503" }) });
  expect(published.map(({ state, backOut }) => [state, backOut])).toEqual([["refused", null]]);
});

test("a healthy state that keeps changing its print has not settled", async () => {
  let print = 0;
  const restless = async () => ({
    outcome: "healthy" as const,
    says: "3 of 3 pods serve",
    print: String((print += 1)),
    observed: [],
  });
  const catalogue = new Map(
    [...stage().executor.catalogue].map(([name, action]) => [name, { ...action, verify: restless }]),
  );
  expect((await run({ catalogue })).states.at(-1)).toMatch(/^failed/);
});
