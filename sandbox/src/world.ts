import type { Hidden } from "./fates.ts";
import type { Store } from "./store.ts";

/** What a controller is given: the objects, what only the simulation knows, and the time. */
export type World = {
  readonly store: Store;
  readonly hidden: Hidden;
  readonly now: () => number;
};
