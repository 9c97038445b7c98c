import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { partitionOf } from "../partition.ts";
import { openEnds } from "./ends.ts";
import { openReader } from "./reader.ts";
import { openStore } from "./store.ts";
import { openWriter } from "./writer.ts";

test("a look finds every partition at first, and then only what has grown in the topics that it is about", async () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bus-"));
  const store = openStore(join(folder, "bus.sqlite"), 6);
  onTestFinished(() => {
    store.close();
    rmSync(folder, { recursive: true });
  });
  const writer = openWriter(store, 6, Date.now, () => undefined);
  const put = (topic: "alerts" | "incidents", key: string) =>
    writer.append({ topic, key, value: Buffer.from("value"), headers: [] });
  const ends = openEnds(openReader(store, 6), ["alerts"]);
  expect(ends.grown().map(({ offset }) => offset)).toEqual([0, 0, 0, 0, 0, 0]);
  expect(ends.grown()).toEqual([]);
  await Promise.all([put("alerts", "a"), put("alerts", "a"), put("incidents", "b")]);
  expect(ends.grown()).toEqual([{ topic: "alerts", partition: partitionOf("a", 6), offset: 2 }]);
  expect(ends.grown()).toEqual([]);
  ends.forget();
  expect(ends.grown().length).toBe(6);
});
