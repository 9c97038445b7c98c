import { VERSION } from "@holdfast/service";
import type { Command } from "./command.ts";
import { command as approve } from "./commands/approve.ts";
import { command as approvers } from "./commands/approvers.ts";
import { command as audit } from "./commands/audit.ts";
import { command as backout } from "./commands/backout.ts";
import { command as deadLetters } from "./commands/dead-letters.ts";
import { command as decode } from "./commands/decode.ts";
import { command as doctor } from "./commands/doctor.ts";
import { command as incidents } from "./commands/incidents.ts";
import { command as observe } from "./commands/observe.ts";
import { command as preview } from "./commands/preview.ts";
import { command as proposals } from "./commands/proposals.ts";
import { command as reject } from "./commands/reject.ts";
import { command as replan } from "./commands/replan.ts";
import { command as review } from "./commands/review.ts";
import { command as sandbox } from "./commands/sandbox.ts";
import { command as show } from "./commands/show.ts";
import { command as topics } from "./commands/topics.ts";
import { command as windows } from "./commands/windows.ts";
import { EXIT, Stopped, type ExitCode } from "./exit.ts";
import type { World } from "./world.ts";

const COMMANDS: Readonly<Record<string, Command>> = {
  incidents,
  proposals,
  show,
  preview,
  review,
  approve,
  reject,
  replan,
  backout,
  audit,
  decode,
  "dead-letters": deadLetters,
  windows,
  topics,
  approvers,
  sandbox,
  observe,
  doctor,
};

/** Runs one command and answers with its exit code; what goes wrong is a sentence. */
export async function holdfast(args: readonly string[], world: World): Promise<ExitCode> {
  const [name, ...rest] = args;
  if (name === "--version") return told(world, [VERSION]);
  if (name === "--help" || name === "help") return told(world, help());
  if (name === undefined || !Object.hasOwn(COMMANDS, name)) {
    world.warn(name === undefined ? help().join("\n") : `There is no command "${name}". holdfast help lists them.`);
    return EXIT.usage;
  }
  const command = COMMANDS[name];
  if (command === undefined) return EXIT.usage;
  if (rest.includes("--help")) return told(world, [`Usage: holdfast ${command.usage}`, command.says]);
  return run(command, rest, world);
}

async function run(command: Command, args: readonly string[], world: World): Promise<ExitCode> {
  try {
    return await command.run(args, world);
  } catch (error) {
    if (world.signal.aborted) return EXIT.refused;
    world.warn(error instanceof Error ? error.message : String(error));
    return error instanceof Stopped ? error.exitCode : EXIT.refused;
  }
}

function told(world: World, lines: readonly string[]): ExitCode {
  for (const line of lines) world.say(line);
  return EXIT.done;
}

function help(): readonly string[] {
  const lines = Object.values(COMMANDS).flatMap(({ usage, says }) => [`  ${usage}`, `      ${says}`]);
  return [
    "holdfast: the command line of an operations copilot whose guardrails hold",
    "",
    ...lines,
    "",
    "Exit codes: 0 done or verified, 1 refused or a check failed, 2 usage, 3 a service cannot be reached.",
  ];
}
