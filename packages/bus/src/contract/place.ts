import type { Codec } from "@holdfast/schemas";
import type { Bus, Note } from "../port.ts";

/** Where a bus stands, in words that its adapter understands: each test has a place of its own, shared by all who open it. */
export type OpenAt = (at: {
  readonly place: string;
  readonly codec: Codec;
  readonly service: string;
  readonly now?: () => number;
  readonly log?: Note;
}) => Promise<Bus>;

/** What an adapter tells the contract about itself. */
export type Adapter = {
  readonly open: OpenAt;
  /** Who stamps the time of a record: the clock given to `open`, or a broker with a clock of its own. */
  readonly clock: "given" | "broker";
  /** A place where nothing is yet. */
  readonly newPlace: () => Promise<string>;
  readonly removePlace: (place: string) => Promise<void>;
  /** A file that a process of its own runs: it calls `playRole` with this adapter. */
  readonly child: string;
};
