import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { styleText } from "node:util";
import type { Paint, Tone, World } from "./world.ts";

const STYLES: Readonly<Record<Tone, Parameters<typeof styleText>[0]>> = {
  strong: "bold",
  soft: "dim",
  stop: ["bold", "red"],
  warn: "yellow",
  go: "green",
};

/** Colours only for a person at a terminal who has not asked for none. */
export function painter(isTerminal: boolean, noColor: string | undefined): Paint {
  const isPlain = !isTerminal || (noColor !== undefined && noColor !== "");
  return isPlain ? (_, text) => text : (tone, text) => styleText(STYLES[tone], text, { validateStream: false });
}

/** Lines as the person ends them. The input is opened with the first question, and an end of it is no answer. */
export function asker(
  input: Readable,
  output: Writable,
  signal: AbortSignal,
): { readonly ask: World["ask"]; readonly close: () => void } {
  let opened: { readonly next: () => Promise<string | undefined>; readonly close: () => void } | undefined;
  return {
    ask: async (prompt) => {
      output.write(prompt);
      opened ??= lines(input, signal);
      const line = await opened.next();
      if (line === undefined) output.write("\n");
      return line;
    },
    close: () => opened?.close(),
  };
}

function lines(
  input: Readable,
  signal: AbortSignal,
): { readonly next: () => Promise<string | undefined>; readonly close: () => void } {
  const reader = createInterface({ input, terminal: false, signal });
  const iterator = reader[Symbol.asyncIterator]();
  return {
    next: async () => {
      const { value, done } = await iterator.next();
      return done === true ? undefined : value;
    },
    close: () => reader.close(),
  };
}
