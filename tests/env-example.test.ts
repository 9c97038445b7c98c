import { readSettings, SETTINGS, type Setting } from "@holdfast/service";
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { expect, test } from "vitest";

const TABLE: Readonly<Record<string, Setting>> = SETTINGS;
const HEAD = `# Every setting of Holdfast, with its default. Read once at start, from the environment or from a file:
#   npm start -- --env-file .env
# In a default, $NAME stands for the value of another setting; write that value out. An unknown name stops the start.
`;

function describe(name: string, { kind, choices, default: text, onSandbox, secret, readBy, says }: Setting): string {
  const facts = [
    ...(choices === undefined ? [] : [choices.join(" | ")]),
    ...(kind === "flag" ? ["1 or 0"] : []),
    ...(onSandbox === undefined ? [] : [`${onSandbox} on the sandbox`]),
    ...(secret === true ? ["secret: better in a file"] : []),
    `read by ${readBy.filter((process) => process !== "start").join(", ")}`,
  ];
  return `# ${says}\n# (${facts.join("; ")})\n#${name}=${text ?? ""}\n`;
}

const text = [HEAD, ...Object.entries(TABLE).map(([name, setting]) => describe(name, setting))].join("\n");

// Where this fails, the table has changed: npm test -- -u tests/env-example.test.ts writes the file anew.
test(".env.example lists every setting as the table has it", async () => {
  await expect(text).toMatchFileSnapshot("../.env.example");
});

test("every line of .env.example, switched on, is a setting that starts what it starts without", () => {
  const lines = readFileSync(new URL("../.env.example", import.meta.url), "utf8").split("\n");
  const switchedOn = lines.filter((line) => /^#[A-Z_]+=/.test(line)).map((line) => line.slice(1));
  expect(switchedOn).toHaveLength(Object.keys(TABLE).length);
  // A default of its own for the sandbox, or one that follows another setting, is not what the file's text would be.
  const plain = switchedOn.filter(
    (line) => !line.includes("$") && TABLE[line.split("=")[0] ?? ""]?.onSandbox === undefined,
  );
  expect(plain.length).toBeGreaterThan(0);
  for (const process of [
    "intake",
    "triage",
    "policy",
    "approval",
    "executor",
    "audit",
    "sandbox",
    "cli",
    "start",
  ] as const)
    expect(readSettings(process, parseEnv(plain.join("\n")))).toEqual(readSettings(process, {}));
});
