import { expect, test } from "vitest";
import { applyJsonPatch } from "./json-patch.ts";

const document = { a: { b: [1, 2, { c: "d" }] }, "x/y": 1, "m~n": 2 };

test("operations apply in order, and the document that came in stays as it was", () => {
  const patch = [
    { op: "test", path: "/a/b/2/c", value: "d" },
    { op: "replace", path: "/a/b/2/c", value: "e" },
    { op: "add", path: "/a/b/-", value: 3 },
    { op: "remove", path: "/a/b/0" },
    { op: "add", path: "/a/new", value: { deep: true } },
  ];
  expect(applyJsonPatch(document, patch)).toEqual({
    outcome: "patched",
    value: { a: { b: [2, { c: "e" }, 3], new: { deep: true } }, "x/y": 1, "m~n": 2 },
  });
  expect(document.a.b).toEqual([1, 2, { c: "d" }]);
});

test("names with a slash or a tilde are reached by their escapes", () => {
  const patched = applyJsonPatch(document, [
    { op: "replace", path: "/x~1y", value: 9 },
    { op: "replace", path: "/m~0n", value: 8 },
  ]);
  expect(patched).toMatchObject({ outcome: "patched", value: { "x/y": 9, "m~n": 8 } });
});

test("an absent last step equals null, an absent step before it does not", () => {
  expect(applyJsonPatch(document, [{ op: "test", path: "/a/z", value: null }]).outcome).toBe("patched");
  expect(applyJsonPatch(document, [{ op: "test", path: "/z/z", value: null }]).outcome).toBe("refused");
  expect(applyJsonPatch(document, [{ op: "test", path: "/a/z", value: 0 }]).outcome).toBe("refused");
});

test.each([
  [{ op: "replace", path: "/z/z", value: 1 }],
  [{ op: "replace", path: "/a/b/9", value: 1 }],
  [{ op: "add" }],
  [{ op: "remove", path: "/a/z" }],
  [{ op: "add", path: "/z/z", value: 1 }],
  [{ op: "add", path: "/a/b/9", value: 1 }],
  [{ op: "test", path: "/a/b", value: [1, 2] }],
])("what cannot be done is refused: %j", (operation) => {
  expect(applyJsonPatch(document, [operation]).outcome).toBe("refused");
});

test("a name of the prototype is a name like any other", () => {
  const patched = applyJsonPatch(document, [{ op: "add", path: "/__proto__", value: { polluted: true } }]);
  expect(patched.outcome).toBe("patched");
  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
});

test("replace writes where the last step is absent, as a real API server does", () => {
  const patched = applyJsonPatch(document, [{ op: "replace", path: "/a/z", value: 1 }]);
  expect(patched).toMatchObject({ outcome: "patched", value: { a: { z: 1 } } });
});

test.each([[{}], ["text"], [[1]]])("what is no patch is malformed: %j", (patch) => {
  expect(applyJsonPatch(document, patch).outcome).toBe("malformed");
});
