export type * from "./objects.ts";
export type * from "./port.ts";
export type { Access } from "./connection.ts";
export { ForbiddenError } from "./forbidden.ts";
export { openCluster, openReadOnlyCluster, type Cluster, type ClusterOptions, type ObservedCluster } from "./open.ts";
export { undeclaredRights } from "./rights.ts";
export { preconditionFailed } from "./status.ts";
