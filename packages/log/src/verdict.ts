import type { Position } from "./positions.ts";

/** One static file of the log; undefined where there is none. */
export type ReadFile = (path: string) => Promise<Buffer | undefined>;
/** A recorded value by its SHA-256; undefined where there is none. */
export type ReadValue = (hash: Buffer) => Promise<Buffer | undefined>;

export type LogCheck = {
  readonly read: ReadFile;
  readonly vkey: string;
  /** Where given, every value must be there and fit its commitment. */
  readonly values?: ReadValue;
  /** A checkpoint kept elsewhere: the log must still begin with exactly what it covers. */
  readonly earlier?: Uint8Array;
};

export type Gap = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly until: number;
  readonly index: number;
};
export type Verified = {
  readonly outcome: "verified";
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
  readonly records: number;
  readonly gaps: readonly Gap[];
  readonly valuesChecked: number;
  readonly positions: readonly Position[];
};
/** `where` is the first bad thing: a file, or one entry in it. */
export type Broken = { readonly outcome: "broken"; readonly where: string; readonly because: string };
export type Nothing = { readonly outcome: "nothing"; readonly because: string };

export function broken(where: string, because: string): Broken {
  return { outcome: "broken", where, because };
}
