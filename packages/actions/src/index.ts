export type * from "./action.ts";
export { actionNamed, catalogue } from "./catalogue.ts";
export { ownerOf } from "./owner.ts";
export { rbac, rulesFor } from "./rbac.ts";
