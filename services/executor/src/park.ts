import { deadLetter, type Delivery } from "@holdfast/bus";
import { traceOf } from "@holdfast/schemas";
import type { Executor } from "./executor.ts";

/** A bundle that does not verify goes to `dead-letters`, byte for byte, and never has an outcome. */
export async function park(
  { bus, clock, reported }: Executor,
  delivery: Delivery<"proposals.approved">,
  why: string,
): Promise<void> {
  const fault = { errorClass: "forged-bundle", why, attempts: 1 } as const;
  const letter = deadLetter(delivery, { group: "executor", holds: false }, fault, clock.wall());
  await bus.publish("dead-letters", delivery.key, letter, delivery);
  const { incident, proposal } = delivery.event;
  reported({
    record: letter.id,
    incident,
    proposal,
    action: "none",
    state: "parked",
    because: why,
    trace: traceOf(delivery.headers),
  });
}
