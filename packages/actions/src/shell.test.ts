import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { quoted } from "./shell.ts";

test("a shell gives back the very word, whatever it holds", () => {
  const words = fc
    .sample(fc.string({ unit: "grapheme-ascii", maxLength: 20 }), 200)
    .concat(["'", "''; rm -rf /", "$(id)", "`id`", "a'b\"c\\"]);
  const printed = execFileSync("sh", ["-c", words.map((word) => `printf '%s\\n' ${quoted(word)}`).join(";")]).toString(
    "utf8",
  );
  expect(printed).toBe(words.map((word) => `${word}\n`).join(""));
});
