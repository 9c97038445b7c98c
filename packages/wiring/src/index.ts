export { accessOf } from "./access.ts";
export { answering } from "./answering.ts";
export { busOf } from "./bus.ts";
export { tellPolicy } from "./contract.ts";
export { operatorBus } from "./operator-bus.ts";
export { proveCredential } from "./own-credential.ts";
export { codecOf, publicKey } from "./codec.ts";
