import { beforeAll, describe } from "vitest";
import { durability } from "./contract/durability.ts";
import { following } from "./contract/following.ts";
import { ownership } from "./contract/ownership.ts";
import { parking } from "./contract/parking.ts";
import type { Adapter } from "./contract/place.ts";
import { working } from "./contract/working.ts";
import { openWorld, type World } from "./contract/world.ts";

export type { Adapter, OpenAt } from "./contract/place.ts";

/** Opens a fresh place for one test. */
export type NewWorld = () => Promise<World>;

/**
 * The promises of the port, as tests. Every adapter passes all of them.
 * @param adapterUrl a module whose default export is an `Adapter`; child processes load it too.
 */
export function contract(name: string, adapterUrl: string): void {
  describe(`the bus contract: ${name}`, () => {
    let adapter: Adapter | undefined;
    beforeAll(async () => {
      ({ default: adapter } = (await import(adapterUrl)) as { readonly default: Adapter });
    });
    const newWorld: NewWorld = async () => {
      if (adapter === undefined) throw new Error("the adapter was not loaded");
      return await openWorld(adapterUrl, adapter);
    };
    durability(newWorld);
    working(newWorld);
    ownership(newWorld);
    parking(newWorld);
    following(newWorld);
  });
}
