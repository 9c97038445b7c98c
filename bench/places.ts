import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Bus } from "@holdfast/bus";
import { openEmbedded } from "@holdfast/bus/embedded";
import { openKafka } from "@holdfast/bus/kafka";
import { kafkaAt, placeOf } from "../packages/bus/src/kafka/contract-adapter.ts";
import { benchCodec } from "./records.ts";

/** Where a bus stands, in words that another process understands. */
export type Place =
  | { readonly bus: "embedded"; readonly file: string }
  | { readonly bus: "kafka"; readonly broker: string; readonly prefix: string; readonly marksFile: string };

export type KafkaPlace = Extract<Place, { bus: "kafka" }>;

export function newFile(folder: string, name: string): Place {
  return { bus: "embedded", file: join(folder, `${name}.sqlite`) };
}

/** Topics of their own, set as ours are: six partitions, the broker's time. */
export async function newTopics(broker: string, folder: string): Promise<KafkaPlace> {
  const { prefix } = placeOf(await kafkaAt(broker).newPlace());
  mkdirSync(folder, { recursive: true });
  return { bus: "kafka", broker, prefix, marksFile: join(folder, `${prefix}sqlite`) };
}

export async function openAt(place: Place): Promise<Bus> {
  const options = { codec: benchCodec(), service: "bench" };
  if (place.bus === "embedded") return await openEmbedded({ file: place.file, ...options });
  return await openKafka({
    ...options,
    connection: { brokers: [place.broker] },
    prefix: place.prefix,
    marksFile: place.marksFile,
    writes: ["alerts"],
    fatal: (cause) => {
      throw cause;
    },
  });
}
