import type { Bus } from "@holdfast/bus";
import type { Incident } from "@holdfast/schemas";
import { expect, test } from "vitest";
import { openOutbox } from "./outbox.ts";

const EVENT: Incident = {
  id: "",
  incident: "i",
  change: "joined",
  alert: "a",
  fingerprint: "f",
  startsAt: 0,
  alertName: "A",
  severity: null,
  target: null,
  correlation: [],
  mergedInto: null,
  because: "",
  at: 0,
};

/** Publishes when the test says so, and fails where it says so. */
function aDoor() {
  const asked = new Map<string, PromiseWithResolvers<{ time: number }>>();
  const publish = async (_topic: string, _key: string, { id }: { readonly id: string }): Promise<{ time: number }> => {
    const one = Promise.withResolvers<{ time: number }>();
    asked.set(id, one);
    return one.promise;
  };
  const done: string[] = [];
  const emit = openOutbox({
    bus: { publish } as unknown as Bus,
    persist: (attempt) => attempt(),
    published: ({ id }) => void done.push(id),
  });
  const idle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    emit: (id: string, parts: Partial<Incident>) => emit({ ...EVENT, id, ...parts }),
    asked: () => [...asked.keys()],
    land: async (id: string) => (asked.get(id)?.resolve({ time: 1 }), idle()),
    fail: async (id: string) => (asked.get(id)?.reject(new Error("stopped")), idle()),
    idle,
    done,
  };
}

test("the opening comes before all others, which then go beside one another, and the closing comes last", async () => {
  const { emit, asked, land, idle, done } = aDoor();
  const all = [
    emit("opened", { change: "opened" }),
    emit("joined b", { fingerprint: "b" }),
    emit("joined c", { fingerprint: "c" }),
    emit("closed", { change: "closed", fingerprint: null }),
  ];
  await idle();
  expect(asked()).toEqual(["opened"]);
  await land("opened");
  expect(asked()).toEqual(["opened", "joined b", "joined c"]);
  await land("joined c");
  expect(asked()).not.toContain("closed");
  await land("joined b");
  await land("closed");
  await Promise.all(all);
  expect(done).toEqual(["opened", "joined c", "joined b", "closed"]);
});

test("the events of one alert keep their order, and those of another incident wait for nothing", async () => {
  const { emit, asked, land, idle } = aDoor();
  void emit("joined", {});
  void emit("ended", { change: "ended" });
  void emit("elsewhere", { incident: "j" });
  await idle();
  expect(asked()).toEqual(["joined", "elsewhere"]);
  await land("joined");
  expect(asked()).toEqual(["joined", "elsewhere", "ended"]);
});

test("nothing is published that belongs behind what could not be", async () => {
  const { emit, asked, fail, idle } = aDoor();
  const all = [emit("opened", { change: "opened" }), emit("joined", {})].map((one) => one.catch(() => "stopped"));
  await idle();
  await fail("opened");
  expect([await Promise.all(all), asked()]).toEqual([["stopped", "stopped"], ["opened"]]);
});
