import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { command } from "../cli/src/commands/topics.ts";
import { TOPICS, type Topic } from "../schemas/src/topics.ts";
import { SETTINGS } from "../packages/service/src/settings-table.ts";
import { ROLES } from "../packages/wiring/src/roles.ts";

const page = readFileSync("docs/kafka.md", "utf8");

function list(topics: readonly Topic[]): string {
  if (topics.length === TOPICS.length) return "every topic";
  return topics.length === 0 ? "–" : topics.map((topic) => `\`${topic}\``).join(", ");
}

test("the page's table says what the table of roles says", () => {
  const rows = Object.values(ROLES).map(
    ({ service, consumes, views, follows, produces }) =>
      `| \`${service}\` | ${list(consumes)} | ${list([...new Set([...views, ...follows])])} | ${list(produces)} |`,
  );
  const [, table = ""] = /\|---\|---\|---\|---\|\n((?:\|.*\n)+)/.exec(page) ?? [];
  expect(table.trim().split("\n")).toEqual(rows);
});

test("every setting that the page names exists", () => {
  const named = page.match(/HOLDFAST_[A-Z_]+/g) ?? [];
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((name) => !Object.hasOwn(SETTINGS, name))).toEqual([]);
});

test("every command that the page gives is one of the command line's", () => {
  const given = page.match(/topics (plan|apply)( --[a-z-]+)?/g) ?? [];
  expect(new Set(given).size).toBeGreaterThan(3);
  for (const each of given) for (const word of each.split(" ")) expect(command.usage).toContain(word);
});
