export { accessOf } from "./access.ts";
export { answering } from "./answering.ts";
export { proveCredential } from "./own-credential.ts";
