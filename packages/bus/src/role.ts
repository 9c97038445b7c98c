import type { Topic } from "@holdfast/schemas";
import type { Bus } from "./port.ts";

/** What one service does on the bus, and all that it may. */
export type Role = {
  /** Its name, which is the name of its group and of its user on the brokers. */
  readonly service: string;
  /** Handled one by one and acknowledged, as the group of the service's name. */
  readonly consumes: readonly Topic[];
  /** Folded from the beginning, never acknowledged. */
  readonly views: readonly Topic[];
  /** Copied as raw records, from positions of its own. */
  readonly follows: readonly Topic[];
  readonly produces: readonly Topic[];
};

/** Every topic that the service reads, whichever way. */
export function readsOf({ consumes, views, follows }: Role): readonly Topic[] {
  return [...new Set([...consumes, ...views, ...follows])];
}

/** The same bus for one role: what is not in its row is refused before anything is sent, on every adapter. */
export function narrowed(bus: Bus, role: Role): Bus {
  const { service, consumes, views, follows, produces } = role;
  const requireOnly = (topics: readonly Topic[], may: readonly Topic[], verb: string): void => {
    const beyond = topics.filter((topic) => !may.includes(topic));
    if (beyond.length === 0) return;
    const all = may.length === 0 ? "none" : `only ${may.join(", ")}`;
    throw new Error(`${service} may not ${verb} ${beyond.join(", ")}: by the table of roles it may ${verb} ${all}.`);
  };
  return {
    ...bus,
    publish: async (topic, key, event, cause) => {
      requireOnly([topic], produces, "publish");
      return bus.publish(topic, key, event, cause);
    },
    subscribe: async (topics, group, handler, options) => {
      requireOnly(topics, consumes, "consume");
      if (group !== service) throw new Error(`${service} may not join the group ${group}: its own is ${service}.`);
      return bus.subscribe(topics, group, handler, options);
    },
    view: (topics, fold) => {
      requireOnly(topics, views, "view");
      return bus.view(topics, fold);
    },
    follow: (topics, from, onBatch) => {
      requireOnly(topics, follows, "follow");
      return bus.follow(topics, from, onBatch);
    },
    recordsAt: async (places) => {
      const topics = places.map(({ topic }) => topic);
      requireOnly(topics, readsOf(role), "read");
      return bus.recordsAt(places);
    },
    again: async () => {
      throw new Error(`${service} may not write a record again: that is an operator's, with holdfast dead-letters.`);
    },
  };
}
