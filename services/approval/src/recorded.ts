import type { Bus, Published, View } from "@holdfast/bus";
import type { Approval } from "@holdfast/schemas";

const FOLDED_MS_MAX = 10_000;

/** Publishes, and returns once our own view holds it: what is answered is then what is recorded. */
export async function recorded(
  { bus, view }: { readonly bus: Pick<Bus, "publish">; readonly view: Pick<View, "reached"> },
  event: Approval,
): Promise<void> {
  const published: Published = await bus.publish("approvals", event.incident, event);
  await view.reached(published, AbortSignal.timeout(FOLDED_MS_MAX));
}

/** Whoever asks for what is under way waits for that. */
export function once(underWay: Map<string, Promise<void>>, id: string, act: () => Promise<void>): Promise<void> {
  const begun = underWay.get(id) ?? act().finally(() => underWay.delete(id));
  underWay.set(id, begun);
  return begun;
}
