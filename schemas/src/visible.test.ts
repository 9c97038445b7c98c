import fc from "fast-check";
import { expect, test } from "vitest";
import { visible, visibleJson, visibleLine } from "./visible.ts";

test.each([
  ["an escape of the terminal", "\u001b[2Jgone", "\\u{1b}[2Jgone"],
  ["a carriage return, which overwrites the line", "deny\rallow", "deny\\u{d}allow"],
  ["the one-character escape of an 8-bit terminal", "\u009b31m", "\\u{9b}31m"],
  ["a turn to right-to-left", "api\u202etxt", "api\\u{202e}txt"],
  ["a zero-width space", "pay\u200bments", "pay\\u{200b}ments"],
  ["a tag character, which hides text in text", "ok\u{e0041}", "ok\\u{e0041}"],
  ["a byte order mark", "\ufeffok", "\\u{feff}ok"],
  ["a line separator", "a\u2028b", "a\\u{2028}b"],
  ["half of a character", "a\ud800b", "a\\u{d800}b"],
  ["a variation selector", "a\ufe0f", "a\\u{fe0f}"],
])("%s is spelled out", (_what, text, seen) => {
  expect(visible(text)).toBe(seen);
  expect(visibleLine(text)).toBe(seen);
});

test("letters of any script, emoji and line breaks stay, and where one line is meant a break is spelled out", () => {
  const text = "Störung: 決済 🚨\n\tweiter";
  expect(visible(text)).toBe(text);
  expect(visibleLine(text)).toBe("Störung: 決済 🚨\\u{a}\\u{9}weiter");
});

test("printable JSON says what the JSON said, whatever is in it", () => {
  const anyText = fc.string({
    unit: fc.oneof(
      fc.constantFrom("\u001b", "\u009b", "\u202e", "\u{e0041}", "\\", '"', "a"),
      fc.string({ maxLength: 1 }),
    ),
  });
  fc.assert(
    fc.property(fc.dictionary(anyText, anyText), (value) => {
      const json = visibleJson(value);
      expect(JSON.stringify(JSON.parse(json))).toBe(JSON.stringify(value));
      expect(json).toBe(visibleLine(json));
    }),
  );
});
