import { expect, test } from "vitest";
import { ansiSvg } from "./ansi-svg.ts";

function texts(line: string): readonly string[] {
  return ansiSvg("a title", [line]).match(/<text .*<\/text>/g) ?? [];
}

test("a line keeps its columns and its colours, whatever the font", () => {
  expect(texts("\u001b[1m\u001b[31mDENIED x\u001b[39m\u001b[22m   \u001b[2mentry 7\u001b[22m")).toEqual([
    '<text x="20.0" y="34.3" textLength="67.4" fill="#ff7b72" font-weight="600">DENIED x</text>',
    '<text x="112.7" y="34.3" textLength="59.0" fill="#8b949e">entry 7</text>',
  ]);
});

test("what is said is text and never markup", () => {
  const svg = ansiSvg("<title>", ["a <b> & c -> d", ""]);
  expect(svg).toContain(">a &lt;b&gt; &amp; c -&gt; d</text>");
  expect(svg).toContain("<title>&lt;title&gt;</title>");
});
