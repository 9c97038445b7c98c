import type { Site } from "./site.ts";

/** `well` was looked at and is right; `note` could not, or need not, be looked at; the other two want something done. */
export type Mark = "well" | "note" | "warn" | "bad";

export type Finding = {
  readonly mark: Mark;
  /** What was found, and what it means. */
  readonly says: string;
  /** What to do about it. */
  readonly fix?: string;
};

/** One thing that is looked at. Adding one is adding one file to the folder `checks`, named as the check is. */
export type Check = {
  readonly name: string;
  /** Where it stands on the screen: the ground first, what rests on it later. */
  readonly rank: number;
  /** A check that finds nothing to look at says so in a note. What it throws is a finding too. */
  readonly run: (site: Site) => Promise<readonly Finding[]> | readonly Finding[];
};

export const well = (says: string): Finding => ({ mark: "well", says });
export const note = (says: string, fix?: string): Finding => found("note", says, fix);
export const warn = (says: string, fix: string): Finding => found("warn", says, fix);
export const bad = (says: string, fix: string): Finding => found("bad", says, fix);

function found(mark: Mark, says: string, fix: string | undefined): Finding {
  return { mark, says, ...(fix !== undefined && { fix }) };
}
