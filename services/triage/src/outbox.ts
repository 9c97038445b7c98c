import type { Bus } from "@holdfast/bus";
import type { Cause, Incident } from "@holdfast/schemas";

type Options = {
  readonly bus: Bus;
  /** Repeats what fails until it succeeds; rejects only when this member is to stop. */
  readonly persist: <T>(attempt: () => Promise<T>) => Promise<T>;
  /** Called with the broker's time, once the event is durable. */
  readonly published: (event: Incident, time: number) => void;
};

/** What is under way of one incident: by fingerprint, and since the last event that all others wait for. */
type Lane = { turn: Promise<void>; underWay: number; readonly ofAlert: Map<string, Promise<void>> };

/**
 * Publishes what was decided. The opening of an incident comes before everything else of it, its closing after, and the
 * events of one alert in their order; all others go beside one another, so that a storm is not taken one by one.
 */
export function openOutbox({ bus, persist, published }: Options): (event: Incident, cause?: Cause) => Promise<void> {
  const lanes = new Map<string, Lane>();
  const send = async (event: Incident, cause: Cause | undefined): Promise<void> => {
    const { time } = await persist(() => bus.publish("incidents", event.incident, event, cause));
    published(event, time);
  };
  return (event, cause) => {
    const { incident, fingerprint, change } = event;
    const lane = lanes.get(incident) ?? { turn: Promise.resolve(), underWay: 0, ofAlert: new Map() };
    lanes.set(incident, lane);
    const own = change === "opened" || fingerprint === null ? undefined : fingerprint;
    const before = own === undefined ? [...lane.ofAlert.values()] : [lane.ofAlert.get(own)];
    // what stopped an event before stops this one as well
    const mine = Promise.all([lane.turn, ...before]).then(() => send(event, cause));
    if (own === undefined) lane.turn = mine;
    else lane.ofAlert.set(own, mine);
    lane.underWay += 1;
    const leave = (): void => {
      lane.underWay -= 1;
      if (own !== undefined && lane.ofAlert.get(own) === mine) lane.ofAlert.delete(own);
      if (lane.underWay === 0) lanes.delete(incident);
    };
    mine.then(leave, leave);
    return mine;
  };
}
