import { existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { visibleLine } from "@holdfast/schemas";
import { given, type Command } from "../command.ts";
import { EXIT, Stopped, type ExitCode } from "../exit.ts";
import type { World } from "../world.ts";

const USAGE = "approvers list [--json] | approvers add NAME --role ROLE [--role ROLE]";

export const command: Command = {
  usage: USAGE,
  says: "who may approve; a new one's token is shown once",
  run: async (args, world) => {
    const options = { role: { type: "string", multiple: true }, json: { type: "boolean" } } as const;
    const { values, names } = given(USAGE, args, options, { least: 1, most: 2 });
    const [verb, name] = names;
    const { role: roles = [] } = values;
    if (verb === "list" && name === undefined) return list(world, values.json === true);
    if (verb === "add" && name !== undefined && roles.length > 0) return add(world, name, roles);
    throw new Stopped(EXIT.usage, `Usage: holdfast ${USAGE}`);
  },
};

async function list(world: World, isJson: boolean): Promise<ExitCode> {
  const { openApprovers, readConfig } = await import("@holdfast/guard");
  const { HOLDFAST_APPROVERS: path, HOLDFAST_CLUSTER: cluster } = world.settings;
  const people = openApprovers(readConfig(path), path).entries.map(({ subject, name, roles }) => ({
    subject,
    name,
    roles,
  }));
  if (isJson) world.say(JSON.stringify(people));
  else if (people.length === 0) world.say(`Nobody is listed in ${path}.`);
  else
    for (const { subject, name, roles } of people)
      world.say(visibleLine(`${subject.padEnd(20)} ${name.padEnd(30)} ${roles.join(", ")}`));
  if (!isJson && cluster === "sandbox")
    world.say("alice (oncall) is added in memory on the sandbox alone, and stands in no file.");
  return EXIT.done;
}

async function add(world: World, name: string, roles: readonly string[]): Promise<ExitCode> {
  const { newApprover, openApprovers, readConfig } = await import("@holdfast/guard");
  const path = world.settings.HOLDFAST_APPROVERS;
  const before = readConfig(path);
  openApprovers(before, path);
  const { entry, token } = newApprover(name, roles);
  const lines = [
    `- subject: ${entry.subject}`,
    `  name: ${JSON.stringify(entry.name)}`,
    `  roles: [${entry.roles.join(", ")}]`,
    `  tokenSha256: "${entry.tokenSha256}"`,
  ];
  const after = withEntry(before, lines);
  requireReadable(() => openApprovers(after, path).find(entry.subject) !== undefined, path, lines);
  writeFileSync(`${path}.next`, after, { mode: 0o644 });
  renameSync(`${path}.next`, path);
  world.say(
    `${entry.name} (${entry.subject}) may approve as ${entry.roles.join(", ")} once the services were restarted; ${path} lists them.`,
  );
  for (const role of unnamed(world, roles, readConfig))
    world.warn(
      `No rule names the role ${role}, so as that nobody approves anything. guard.cedar names those that may.`,
    );
  world.say("This is their token. It is shown once and kept nowhere; give it to them alone:");
  world.say(token);
  return EXIT.done;
}

/** Nothing is said where the rules are not on this machine. */
function unnamed(
  { settings }: World,
  roles: readonly string[],
  readConfig: (path: string) => string,
): readonly string[] {
  const path = join(settings.HOLDFAST_CONFIG, "guard.cedar");
  if (!existsSync(path)) return [];
  const rules = readConfig(path);
  return roles.filter((role) => !rules.includes(`Role::"${role}"`));
}

/** Read back before it counts: a file that cannot be read would stop every service that reads it. */
function requireReadable(isThere: () => boolean, path: string, lines: readonly string[]): void {
  let why: unknown;
  try {
    if (isThere()) return;
  } catch (cause) {
    why = cause;
  }
  const says = why instanceof Error ? ` (${why.message})` : "";
  throw new Stopped(
    EXIT.refused,
    `${path} was not changed: it could not be read with the new entry${says}. The entry:\n${lines.join("\n")}`,
  );
}

/** The list is the last thing in its file, so a new entry goes to the end, indented as those before it. */
function withEntry(text: string, lines: readonly string[]): string {
  const opened = text.replace(/^approvers:[ \t]*\[[ \t]*\][ \t]*$/m, "approvers:");
  const [, indent = ""] = /^([ \t]*)- subject:/m.exec(opened) ?? [];
  return `${opened.trimEnd()}\n${lines.map((line) => indent + line).join("\n")}\n`;
}
