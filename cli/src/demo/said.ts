import type { Command } from "../command.ts";
import type { World } from "../world.ts";

/** What a command says when a person runs it. */
export async function said(world: World, command: Command, args: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  await command.run(args, { ...world, say: (text) => void lines.push(text) });
  return lines;
}
