export { accessOf } from "./access.ts";
export { busOf } from "./bus.ts";
export { codecOf, publicKey } from "./codec.ts";
