import type { Again, Raw } from "./port.ts";

/** Which letter a record was replayed for. */
export const REPLAY_OF = "replay_of";

/**
 * The same record for a letter's sake: the same key, bytes and headers, its signature among them, so that a replay says
 * nothing that its first writer did not sign. Only `replay_of` is added.
 */
export function again({ topic, key, value, headers }: Raw, letter: string): Again | undefined {
  if (value === null) return undefined;
  const first = headers.filter(({ name }) => name !== REPLAY_OF);
  return { topic, key, value, headers: [...first, { name: REPLAY_OF, value: Buffer.from(letter) }] };
}
