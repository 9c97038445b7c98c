import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PARTITIONS, type Topic } from "@holdfast/schemas";
import type { Adapter } from "../contract/place.ts";
import { openKafka } from "../kafka.ts";
import { openClient, type Connection } from "./client.ts";
import { namesWith } from "./names.ts";
import { untilThere } from "./topology/there.ts";
import { wantedTopology } from "./topology/wanted.ts";

const TOPICS: readonly Topic[] = ["alerts", "incidents", "executions", "dead-letters"];
/** Short, so that nobody waits long for what a killed process had. */
const SESSION_MS = 3000;

/** A record that is too large for a dead letter must have room: not every broker is set as ours. */
const ROOMY = { "max.message.bytes": String(2 * 1024 * 1024) };

type Place = { readonly brokers: readonly string[]; readonly prefix: string; readonly folder: string };

/**
 * A place is a prefix of its own on these brokers, with a folder for what stays on this machine.
 * @param at `host:port[,host:port…]`; each record stands on all of them.
 */
export function kafkaAt(
  at: string,
  socketFactory?: Connection["socketFactory"],
  sessionMs: number = SESSION_MS,
): Adapter {
  return {
    child: fileURLToPath(new URL("./contract-child.ts", import.meta.url)),
    clock: "broker",
    newPlace: async () => {
      const prefix = `contract.${randomUUID().slice(0, 8)}.`;
      const brokers = at.split(",");
      const place: Place = { brokers, prefix, folder: await mkdtemp(join(tmpdir(), "holdfast-bus-")) };
      await changeTopics(place, "create");
      return JSON.stringify(place);
    },
    removePlace: async (text) => {
      const place = placeOf(text);
      await changeTopics(place, "delete");
      await rm(place.folder, { recursive: true, force: true });
    },
    open: ({ place, ...options }) => {
      const { brokers, prefix, folder } = placeOf(place);
      return openKafka({
        ...options,
        connection: { brokers, ...(socketFactory !== undefined && { socketFactory }) },
        prefix,
        marksFile: join(folder, "work.sqlite"),
        writes: TOPICS,
        sessionMs,
        fatal: (cause) => {
          throw cause;
        },
      });
    },
  };
}

export function placeOf(text: string): Place {
  return JSON.parse(text) as Place; // written by `newPlace`
}

async function changeTopics({ brokers, prefix }: Place, how: "create" | "delete"): Promise<void> {
  const admin = openClient({ brokers, clientId: "contract" }).admin();
  await admin.connect();
  const topics = wantedTopology([], namesWith(prefix), brokers.length).topics.filter(({ name }) =>
    TOPICS.some((topic) => name === prefix + topic),
  );
  if (how === "create") {
    const created = topics.map(({ name, partitions, replication, configs }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor: replication,
      configEntries: Object.entries({ ...configs, ...ROOMY }).map(([setting, value]) => ({ name: setting, value })),
    }));
    await admin.createTopics({ topics: created, waitForLeaders: false });
    await untilThere(
      admin,
      topics.map(({ name }) => name),
      PARTITIONS,
    );
  } else await admin.deleteTopics({ topics: topics.map(({ name }) => name) });
  await admin.disconnect();
}
