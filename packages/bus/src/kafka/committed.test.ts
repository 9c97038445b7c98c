import type { Admin } from "kafkajs";
import { expect, test, vi } from "vitest";
import { committedPositions } from "./committed.ts";
import { namesWith } from "./names.ts";

test("brokers that do not say a group's positions are asked until the member closes, and then no more", async () => {
  const fetchOffsets = vi.fn(() => Promise.reject(new Error("no broker answers")));
  const closing = new AbortController();
  const positions = committedPositions(
    {
      admin: { fetchOffsets } as Partial<Admin> as Admin,
      names: namesWith(""),
      offsets: { firsts: async () => [], ends: async () => [], close: async () => undefined },
      note: () => undefined,
    },
    "policy",
    [{ topic: "approvals", partition: 0 }],
    closing.signal,
    () => true,
  );
  await vi.waitFor(() => expect(fetchOffsets.mock.calls.length).toBeGreaterThan(1));
  closing.abort();
  expect(await positions).toBeUndefined();
});

test("a question for positions that alone is lost is an error, because only a new process surely asks anew", async () => {
  vi.useFakeTimers();
  const positions = vi.fn<(cause: unknown) => void>();
  committedPositions(
    {
      admin: { fetchOffsets: () => new Promise<never>(() => undefined) } as Partial<Admin> as Admin,
      names: namesWith(""),
      offsets: { firsts: async () => [], ends: async () => [], close: async () => undefined },
      note: () => undefined,
    },
    "policy",
    [{ topic: "approvals", partition: 0 }],
    new AbortController().signal,
    () => true,
  ).catch(positions);
  await vi.advanceTimersByTimeAsync(120_000);
  vi.useRealTimers();
  expect(String(positions.mock.calls[0]?.[0])).toMatch(/did not answer within 120000 ms/);
});
