import type { Place } from "./places.ts";

export type FillTask = { readonly place: Place; readonly records: number; readonly atOnce: number };
export type ConsumeTask = { readonly place: Place; readonly every: number };
export type Counted = { readonly consumed: number };
export type Rebuilt = { readonly records: number; readonly seconds: number; readonly rssMiB: number };
