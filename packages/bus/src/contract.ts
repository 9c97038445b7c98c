import { describe } from "vitest";
import { durability } from "./contract/durability.ts";
import { following } from "./contract/following.ts";
import { ownership } from "./contract/ownership.ts";
import { parking } from "./contract/parking.ts";
import { releasing } from "./contract/releasing.ts";
import type { Adapter } from "./contract/place.ts";
import { working } from "./contract/working.ts";
import { openWorld, type NewWorld } from "./contract/world.ts";

export type { Adapter, OpenAt } from "./contract/place.ts";
export { playRole } from "./contract/child.ts";

/** The promises of the port, as tests. Every adapter passes all of them. */
export function contract(name: string, adapter: Adapter): void {
  const newWorld: NewWorld = () => openWorld(adapter);
  describe(`the bus contract: ${name}`, () => {
    durability(newWorld);
    working(newWorld);
    ownership(newWorld);
    parking(newWorld);
    releasing(newWorld);
    following(newWorld);
  });
}
