import { atMost } from "../waiting.ts";

/** Longer than nearly all tries and time-outs of kafkajs together; only where connections are dropped without a word do they take somewhat more. */
export const ANSWER_MS_MAX = 120_000;

/** No answer came in time. It may come yet, and nobody hears it. */
export class NoAnswer extends Error {}

/** @throws NoAnswer, or what the answer is rejected with. */
export async function within<R>(ms: number, answer: Promise<R>): Promise<R> {
  let settled: { readonly value: R } | undefined;
  await atMost(
    ms,
    answer.then((value) => (settled = { value })),
  );
  if (settled !== undefined) return settled.value;
  throw new NoAnswer(`Kafka did not answer within ${ms} ms`);
}

/** True where the brokers answer at all. */
export async function isAnswered(ask: () => Promise<unknown>): Promise<boolean> {
  return await ask().then(
    () => true,
    () => false,
  );
}
