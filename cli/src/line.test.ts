import fc from "fast-check";
import { expect, test } from "vitest";
import { lastLine, row, sided, WIDTH } from "./line.ts";

const foreign = fc.string({
  unit: fc.oneof(fc.constantFrom(" ", "\n", "\u001b", "\u202e", "a", "-"), fc.string({ maxLength: 1 })),
  maxLength: 400,
});

test("whatever is written, no line is wider than the screen, and nothing in it hides", () => {
  fc.assert(
    fc.property(foreign, fc.constantFrom("NOW", "NOT UNDONE", ""), (text, label) => {
      for (const line of [...row(label, text), sided(text, "kube, read 9 s ago")]) {
        expect(line.length).toBeLessThanOrEqual(WIDTH);
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }
    }),
  );
});

test("a row loses no word and breaks only what is longer than a line", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,60}$/), { minLength: 1, maxLength: 40 }), (words) => {
      expect(row("WHY", words.join(" ")).join(" ").split(/ +/).slice(1)).toEqual(words);
    }),
  );
  expect(row("", "x".repeat(100)).join("").replaceAll(" ", "")).toBe("x".repeat(100));
});

test("of several lines of a log the last that says something is shown", () => {
  expect(lastLine("starting\nFATAL: no DSN\n\n")).toBe("... FATAL: no DSN");
  expect(lastLine("one")).toBe("one");
});
