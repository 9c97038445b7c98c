import { parseArgs, type ParseArgsOptionsConfig } from "node:util";
import { EXIT, Stopped, type ExitCode } from "./exit.ts";
import type { World } from "./world.ts";

export type Command = {
  /** As it is typed, for the list of commands. */
  readonly usage: string;
  readonly says: string;
  readonly run: (args: readonly string[], world: World) => Promise<ExitCode>;
};

type Given<O extends ParseArgsOptionsConfig> = {
  readonly values: ReturnType<typeof parseArgs<{ options: O }>>["values"];
  readonly names: readonly string[];
};

/** @throws Stopped with the usage, where the arguments are not what the command takes. */
export function given<const O extends ParseArgsOptionsConfig>(
  usage: string,
  args: readonly string[],
  options: O,
  names: { readonly least: number; readonly most: number },
): Given<O> {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    if (positionals.length < names.least) throw new Error("something is missing");
    if (positionals.length > names.most) throw new Error(`"${positionals[names.most]}" is one too many`);
    return { values: values as Given<O>["values"], names: positionals };
  } catch (cause) {
    const says = cause instanceof Error ? (cause.message.split(". ")[0] ?? "") : String(cause);
    throw new Stopped(EXIT.usage, `${says}. Usage: holdfast ${usage}`);
  }
}
