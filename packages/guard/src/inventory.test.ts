import { expect, test } from "vitest";

import { assertSandboxOnly, openInventory } from "./inventory.ts";

const INVENTORY = openInventory(`clusters:
  eu1:
    uid: 0b1e3c52-6d0c-4a52-9c0e-3f6d2a1f8f11
    namespaces: { shop: dev, orders: staging }
  mixed: { simulated: true, namespaces: { a: dev, b: prod, c: staging } }
  bare: { namespaces: {} }
`);

test("a namespace has the environment of the inventory", () => {
  expect(INVENTORY.environmentOf("eu1", "shop")).toBe("dev");
  expect(INVENTORY.environmentOf("eu1", "orders")).toBe("staging");
});

test("what is not listed is production", () => {
  for (const [cluster, namespace] of [
    ["eu1", "Shop"],
    ["eu1", "unknown"],
    ["eu1", "constructor"],
    ["eu1", "__proto__"],
    ["eu2", "shop"],
    ["toString", undefined],
  ] as const)
    expect(INVENTORY.environmentOf(cluster, namespace)).toBe("prod");
});

test("what no namespace holds has the strictest environment of its cluster, and production where there is none", () => {
  expect(INVENTORY.environmentOf("eu1")).toBe("staging");
  expect(INVENTORY.environmentOf("mixed")).toBe("prod");
  expect(INVENTORY.environmentOf("bare")).toBe("prod");
});

test("it knows what it lists and nothing else", () => {
  expect([
    INVENTORY.knows("eu1", "shop"),
    INVENTORY.knows("eu1"),
    INVENTORY.knows("eu1", "b"),
    INVENTORY.knows("eu2"),
  ]).toEqual([true, true, false, false]);
  expect(INVENTORY.clusters.get("eu1")?.uid).toBe("0b1e3c52-6d0c-4a52-9c0e-3f6d2a1f8f11");
});

test.each([
  ["clusters: { eu1: { namespaces: { shop: Prod } } }", "must be one of dev, staging, prod"],
  ["clusters: { eu1: { namespaces: { shop: рrod } } }", "must be one of dev, staging, prod"],
  ["clusters: { eu1: { namespaces: [shop] } }", "must be a map"],
  ["clusters: { eu1: {} }", 'the key "namespaces" is missing'],
  ["clusters: { eu1: { namespaces: {}, simulatd: true } }", 'the key "simulatd" is unknown'],
  ["clusters: { eu1: { namespaces: {}, simulated: yes } }", "must be true or false"],
  ["clusters: { EU1: { namespaces: {} } }", "lower-case letters"],
  ["clusters: { eu1: { namespaces: { Shop: dev } } }", "not a namespace's name"],
  ["", "must be a map"],
  ["clusters: { a: { namespaces: {} }, a: { namespaces: {} } }", "unique"],
])("%s is refused: %s", (text, why) => {
  expect(() => openInventory(text)).toThrow(why);
});

test("on the sandbox an inventory with any real cluster is refused, and so is an empty one", () => {
  expect(() =>
    assertSandboxOnly(openInventory("clusters: { sandbox: { simulated: true, namespaces: { shop: dev } } }")),
  ).not.toThrow();
  expect(() => assertSandboxOnly(INVENTORY)).toThrow(
    "The inventory names eu1, bare, and the sandbox has simulated clusters only",
  );
  expect(() => assertSandboxOnly(openInventory("clusters: {}"))).toThrow("names no cluster");
});
