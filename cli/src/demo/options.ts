import { parseArgs } from "node:util";

/** How the demo was asked for. */
export type Options = {
  /** Answers by itself as this person. */
  readonly yes?: string;
  /** One JSON object for each record of the story. */
  readonly json: boolean;
  /** Leaves the data folder here. */
  readonly keep?: string;
};

export type Asked = { readonly outcome: "asked"; readonly options: Options } | Help | Wrong;
type Help = { readonly outcome: "help"; readonly exitCode: 0; readonly says: string };
type Wrong = { readonly outcome: "wrong"; readonly exitCode: 1 | 2; readonly says: string };

const USAGE = "Usage: npm run demo [-- [--yes NAME] [--json] [--keep FOLDER]]";
const HELP = `${USAGE}

Plays the whole story, from an alert to its proof, on a simulated cluster of its own: nothing real can change.
  --yes NAME      answers by itself as this person, such as alice
  --json          one JSON object for each record of the story; needs --yes
  --keep FOLDER   leaves the records in this folder, which must be empty
  --help          says this`;
const OPTIONS = {
  yes: { type: "string" },
  json: { type: "boolean" },
  keep: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

/**
 * @param isTerminal whether a person can be asked
 * @param people who may answer
 */
export function readOptions(args: readonly string[], isTerminal: boolean, people: readonly string[]): Asked {
  const parsed = parse(args);
  if (typeof parsed === "string") return wrong(2, parsed);
  const { yes, json = false, keep, help = false } = parsed;
  if (help) return { outcome: "help", exitCode: 0, says: HELP };
  if (yes !== undefined && !people.includes(yes))
    return wrong(1, `Nobody called "${yes}" may answer on the sandbox: ${people.join(", ")} may. Nothing was started.`);
  if (yes === undefined && json)
    return wrong(2, "With --json nobody is asked, so say who answers: npm run demo -- --json --yes alice.");
  if (yes === undefined && !isTerminal)
    return wrong(
      2,
      "The demo asks a person, and there is no terminal here. Say who answers: npm run demo -- --yes alice.",
    );
  return {
    outcome: "asked",
    options: { json, ...(yes !== undefined && { yes }), ...(keep !== undefined && { keep }) },
  };
}

function parse(args: readonly string[]): { yes?: string; json?: boolean; keep?: string; help?: boolean } | string {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values;
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\n${USAGE}`;
  }
}

function wrong(exitCode: 1 | 2, says: string): Wrong {
  return { outcome: "wrong", exitCode, says };
}
