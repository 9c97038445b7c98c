import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { actionNamed, catalogue } from "./catalogue.ts";

test("every file of the folder is an action of its own name, and nothing else is one", () => {
  const files = readdirSync(new URL("catalogue/", import.meta.url)).filter((file) => !file.endsWith(".test.ts"));
  expect([...catalogue.keys()]).toEqual(files.map((file) => file.replace(".ts", "").replaceAll("-", "_")));
  expect(actionNamed("delete_namespace")).toBeUndefined();
});

test.each([...catalogue.values()])(
  "$name takes names only, so that its arguments cannot lead its path elsewhere",
  (action) => {
    const schema = z.toJSONSchema(action.input);
    expect(schema).toMatchObject({ type: "object", additionalProperties: false });
    for (const name of schema.required ?? []) {
      const given = Object.fromEntries((schema.required ?? []).map((each) => [each, each === name ? "../x" : "x"]));
      expect(action.input.safeParse(given).success).toBe(false);
      expect(() => action.door(given)).toThrow();
    }
  },
);
