export { busOf } from "./bus.ts";
export { tellPolicy } from "./contract.ts";
export { operatorBus } from "./operator-bus.ts";
export { codecOf, publicKey } from "./codec.ts";
export { isKafka } from "./kafka.ts";
