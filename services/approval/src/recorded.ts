import type { Bus, Published, View } from "@holdfast/bus";
import type { Approval, DeadLetter } from "@holdfast/schemas";
import type { Parked } from "./parked.ts";

const FOLDED_MS_MAX = 10_000;
const LOOK_MS = 20;

/** Publishes, and returns once our own view holds it: what is answered is then what is recorded. */
export async function recorded(
  { bus, view }: { readonly bus: Pick<Bus, "publish">; readonly view: Pick<View, "reached"> },
  event: Approval,
): Promise<void> {
  const published: Published = await bus.publish("approvals", event.incident, event);
  await view.reached(published, AbortSignal.timeout(FOLDED_MS_MAX));
}

/** The same for a decision about a dead letter. */
export async function recordedLetter({ letters, publish }: Parked, event: DeadLetter): Promise<void> {
  await publish(event);
  const end = performance.now() + FOLDED_MS_MAX;
  const isFolded = (): boolean => letters.decisionsOn(event.letter ?? "").some(({ id }) => id === event.id);
  while (!isFolded()) {
    if (performance.now() > end) throw new Error("the decision is recorded, and has not been read back yet");
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Whoever asks for what is under way waits for that. */
export function once(underWay: Map<string, Promise<void>>, id: string, act: () => Promise<void>): Promise<void> {
  const begun = underWay.get(id) ?? act().finally(() => underWay.delete(id));
  underWay.set(id, begun);
  return begun;
}
