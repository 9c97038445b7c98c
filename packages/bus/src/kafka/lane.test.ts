import type { Kafka, Producer } from "kafkajs";
import { expect, test, vi } from "vitest";
import { openLane } from "./lane.ts";
import { namesWith } from "./names.ts";

test("a producer that could not connect is let go, and the next one is another", async () => {
  const opened: Pick<Producer, "connect" | "disconnect">[] = [];
  const producer = (): Producer => {
    const one = {
      connect: vi.fn(async () => {
        throw new Error("one broker answered, and another did not");
      }),
      disconnect: vi.fn(async () => undefined),
    };
    opened.push(one);
    return one as unknown as Producer;
  };
  const lane = openLane({
    client: { producer } as unknown as Kafka,
    names: namesWith(""),
    note: () => undefined,
    who: "triage",
  });
  const rejected = new Promise((reject) => {
    const record = { topic: "incidents", key: "i", value: Buffer.alloc(0), headers: [] } as const;
    lane.add({ record, partition: 0, since: Date.now(), isAlone: true, resolve: () => undefined, reject });
  });
  await vi.waitFor(() => expect(opened.length).toBeGreaterThan(1));
  await lane.close();
  await rejected;
  for (const { disconnect } of opened) expect(disconnect).toHaveBeenCalledOnce();
});
