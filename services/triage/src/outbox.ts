import type { Bus } from "@holdfast/bus";
import type { Incident } from "@holdfast/schemas";

type Options = {
  readonly bus: Bus;
  /** Repeats what fails until it succeeds; rejects only when this member is to stop. */
  readonly persist: <T>(attempt: () => Promise<T>) => Promise<T>;
  /** Called with the broker's time, once the event is durable. */
  readonly published: (event: Incident, time: number) => void;
};

/** Publishes what was decided: in the order of deciding within an incident, and incidents beside one another. */
export function openOutbox({ bus, persist, published }: Options): (event: Incident) => Promise<void> {
  const last = new Map<string, Promise<void>>();
  return (event) => {
    const send = async (): Promise<void> => {
      const { time } = await persist(() => bus.publish("incidents", event.incident, event));
      published(event, time);
    };
    // what stopped the event before stops this one as well
    const mine = (last.get(event.incident) ?? Promise.resolve()).then(send);
    const tail = mine.finally(() => {
      if (last.get(event.incident) === tail) last.delete(event.incident);
    });
    tail.catch(() => undefined);
    last.set(event.incident, tail);
    return mine;
  };
}
