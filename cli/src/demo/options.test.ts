import { expect, test } from "vitest";
import { readOptions } from "./options.ts";

const PEOPLE = ["alice"];

test("at a terminal a person is asked, unless somebody is named", () => {
  expect(readOptions([], true, PEOPLE)).toEqual({ outcome: "asked", options: { json: false } });
  expect(readOptions(["--yes", "alice", "--keep", "here"], false, PEOPLE)).toEqual({
    outcome: "asked",
    options: { json: false, yes: "alice", keep: "here" },
  });
});

test.each([
  ["nobody at a terminal", [], false, 2, "there is no terminal here"],
  ["a script that names nobody", ["--json"], true, 2, "With --json nobody is asked"],
  ["somebody who does not exist", ["--yes", "bob"], true, 1, 'Nobody called "bob" may answer'],
  ["an empty name", ["--yes", ""], true, 1, 'Nobody called "" may answer'],
  ["an option that there is not", ["--fast"], true, 2, "Usage: npm run demo"],
])("is refused in a sentence: %s", (_, args, isTerminal, exitCode, says) => {
  expect(readOptions(args, isTerminal, PEOPLE)).toMatchObject({
    outcome: "wrong",
    exitCode,
    says: expect.stringContaining(says),
  });
});

test("who asks for help is told how, and nothing is played", () => {
  expect(readOptions(["--help"], false, PEOPLE)).toMatchObject({
    outcome: "help",
    exitCode: 0,
    says: expect.stringContaining("--keep FOLDER"),
  });
});
