import { pause } from "../waiting.ts";
import { isAnswered } from "./within.ts";

const LOOK_MS = 30_000;
const MUTE_LOOKS = 4;

type Options = {
  readonly group: string;
  /** Resolves when the brokers answer somebody else. */
  readonly answers: () => Promise<unknown>;
  readonly fatal: (cause: Error) => void;
  readonly closing: AbortSignal;
};

/**
 * Watches that a member of a group gives signs: that its consumer begins, joins, or is heard. Brokers that are away explain
 * that it gives none; where they answered others all the while, it has lost itself inside kafkajs, and only a new process
 * surely finds the way.
 * @returns what to call at each sign.
 */
export function watchSigns({ group, answers, fatal, closing }: Options): () => void {
  let signs = 0;
  const watch = async (): Promise<void> => {
    for (let mute = 0; mute < MUTE_LOOKS;) {
      const before = signs;
      await pause(LOOK_MS, closing);
      if (closing.aborted) return;
      const isMute = signs === before && (await isAnswered(answers)) && signs === before;
      mute = isMute ? mute + 1 : 0;
    }
    if (!closing.aborted) fatal(new Error(muteSentence(group)));
  };
  void watch();
  return () => void signs++;
}

function muteSentence(group: string): string {
  return `Kafka answers, but not this member of the group ${group}, for ${(MUTE_LOOKS * LOOK_MS) / 1000} s now, and it does not come back by itself. The process ends so that the next one begins anew.`;
}
