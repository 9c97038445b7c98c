import fc from "fast-check";
import { expect, test } from "vitest";
import { difference } from "./difference.ts";
import { sameJson } from "./same-json.ts";

test("only what differs is shown, containers and environment by name, and what is absent is null", () => {
  const before = {
    spec: {
      containers: [
        {
          name: "web",
          image: "web:2",
          ports: [{ containerPort: 80 }],
          env: [
            { name: "A", value: "1" },
            { name: "MODE", value: "v2" },
          ],
        },
        { name: "side", image: "side:1" },
      ],
    },
  };
  const after = {
    spec: {
      containers: [
        { name: "web", image: "web:1", ports: [{ containerPort: 80 }], env: [{ name: "A", value: "1" }] },
        { name: "side", image: "side:1" },
      ],
    },
  };
  expect(difference(before, after)).toEqual({
    before: { spec: { containers: [{ name: "web", env: [{ name: "MODE", value: "v2" }], image: "web:2" }] } },
    after: { spec: { containers: [{ name: "web", env: [{ name: "MODE", value: null }], image: "web:1" }] } },
  });
});

test.each([
  [
    "an order that moved",
    [
      { name: "a", value: 1 },
      { name: "b", value: 2 },
    ],
    [
      { name: "b", value: 2 },
      { name: "a", value: 1 },
    ],
  ],
  [
    "names that repeat",
    [
      { name: "a", value: 1 },
      { name: "a", value: 2 },
    ],
    [
      { name: "a", value: 1 },
      { name: "a", value: 3 },
    ],
  ],
  ["an item that is only a name", [{ name: "a" }], []],
  ["an item with only null beside its name", [], [{ name: "a", value: null }]],
  ["items without names", [1, 2], [1, 3]],
])("a list is shown whole where names cannot tell its items apart: %s", (_, before, after) => {
  expect(difference(before, after)).toEqual({ before, after });
});

test("nothing differs where one side has null and the other nothing", () => {
  expect(difference({ a: { b: null, c: 1 } }, { a: { c: 1 } })).toBeUndefined();
  expect(difference({ b: null, c: 1 }, { c: 2 })).toEqual({ before: { c: 1 }, after: { c: 2 } });
});

const item = fc.record({ name: fc.constantFrom("a", "b", "c"), value: fc.jsonValue({ maxDepth: 1 }) });
const json = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    fc.integer(),
    fc.string(),
    fc.constant(null),
    fc.array(item, { maxLength: 3 }),
    fc.array(tie("any"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "name", "__proto__"), tie("any")),
  ),
})).any;

test("no difference is hidden: it is undefined only where the two are the same, and its sides differ wherever they do", () => {
  fc.assert(
    fc.property(json, json, (before, after) => {
      const found = difference(before, after);
      if (sameJson(before, after)) expect(found).toBeUndefined();
      else expect(JSON.stringify(found?.before)).not.toBe(JSON.stringify(found?.after));
    }),
  );
});

test("both sides have the same shape: every member of one is a member of the other", () => {
  const records = fc.dictionary(fc.constantFrom("a", "b", "c"), fc.dictionary(fc.constantFrom("x", "y"), fc.integer()));
  fc.assert(
    fc.property(records, records, (before, after) => {
      const found = difference(before, after);
      if (found) expect(Object.keys(Object(found.before))).toEqual(Object.keys(Object(found.after)));
    }),
  );
});
