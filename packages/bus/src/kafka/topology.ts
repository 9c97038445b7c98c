import { setTimeout as sleep } from "node:timers/promises";
import type { Admin } from "kafkajs";
import type { Role } from "../role.ts";
import { openClient, type Connection } from "./client.ts";
import { namesWith } from "./names.ts";
import { actualTopology, type Actual } from "./topology/actual.ts";
import { applyTopology, remedyOf, type Consent } from "./topology/apply.ts";
import { differencesOf, type Difference } from "./topology/difference.ts";
import { wantedTopology, type Topology, type UserOf } from "./topology/wanted.ts";

export { checkTopology, type Checked } from "./topology/check.ts";
export type { Consent } from "./topology/apply.ts";
export type { Difference } from "./topology/difference.ts";
export type { Right, TopicShape } from "./topology/wanted.ts";
export { isUnreachable, refusalOf } from "./topology/refusal.ts";
export { remedyOf };

export type TopologyOptions = {
  /** The operator's: it may create topics and give rights. */
  readonly connection: Connection;
  readonly prefix: string;
  readonly replication: number;
  readonly roles: readonly Role[];
  readonly userOf?: UserOf;
};

export type Compared = {
  readonly wanted: Topology;
  readonly actual: Actual;
  readonly differences: readonly Difference[];
};

/** Topics and rights on the brokers, beside those that the table of roles asks for. */
export type TopologyDesk = AsyncDisposable & {
  readonly compare: () => Promise<Compared>;
  readonly apply: (compared: Compared, consent: Consent) => Promise<void>;
};

const IN_FORCE_MS_MAX = 10_000;
const IN_FORCE_LOOK_MS = 100;

/** @throws what kafkajs throws where the brokers cannot be asked. */
export async function openTopology({
  connection,
  prefix,
  replication,
  roles,
  userOf,
}: TopologyOptions): Promise<TopologyDesk> {
  const admin: Admin = openClient(connection).admin();
  await admin.connect();
  const wanted = wantedTopology(roles, namesWith(prefix), replication, userOf);
  const operator = connection.user && `User:${connection.user.name}`;
  const compare = async (): Promise<Compared> => {
    const actual = await actualTopology(admin, prefix);
    return { wanted, actual, differences: differencesOf({ wanted, actual, prefix, operator }) };
  };
  return {
    compare,
    apply: async ({ differences, actual }, consent) => {
      await applyTopology(admin, differences, actual, consent);
      await inForce(compare, consent);
    },
    [Symbol.asyncDispose]: () => admin.disconnect(),
  };
}

/** The brokers say yes before each of them knows: waits until what was done shows, and no longer than it ever took. */
async function inForce(compare: () => Promise<Compared>, consent: Consent): Promise<void> {
  for (const end = Date.now() + IN_FORCE_MS_MAX; Date.now() < end; await sleep(IN_FORCE_LOOK_MS)) {
    const { differences } = await compare();
    if (differences.every((difference) => remedyOf(difference, consent) === undefined)) return;
  }
}
