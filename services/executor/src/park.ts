import type { Delivery } from "@holdfast/bus";
import { stepId, traceOf, type DeadLetter } from "@holdfast/schemas";
import type { Executor } from "./executor.ts";

/** A bundle that does not verify goes to `dead-letters`, byte for byte, and never has an outcome. */
export async function park(
  { bus, clock, reported }: Executor,
  delivery: Delivery<"proposals.approved">,
  why: string,
): Promise<void> {
  await bus.publish("dead-letters", delivery.key, deadLetter(delivery, why, clock.wall()), delivery);
  const { proposal } = delivery.event;
  reported({ proposal, action: "none", state: "parked", because: why, trace: traceOf(delivery.headers) });
}

function deadLetter(
  { topic, partition, offset, time, key, value, headers }: Delivery<"proposals.approved">,
  error: string,
  firstFailedAt: number,
): DeadLetter {
  return {
    id: stepId(`${topic}/${partition}/${offset}`, "dead-letter/executor"),
    key: Buffer.from(key),
    topic,
    partition,
    offset,
    time,
    value,
    headers,
    group: "executor",
    errorClass: "forged-bundle",
    error,
    attempts: 1,
    firstFailedAt,
  };
}
