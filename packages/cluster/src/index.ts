export type * from "./objects.ts";
export type * from "./port.ts";
