import { ANSWER_MS_MAX, isAnswered } from "./within.ts";

const LOOK_MS = 250;

type Options = {
  readonly group: string;
  /** Resolves when the brokers answer somebody else. */
  readonly answers: () => Promise<unknown>;
  readonly fatal: (cause: Error) => void;
  readonly closing: AbortSignal;
};

/**
 * Watches that a member of a group gives signs: that its consumer begins, joins, or is heard. Brokers that are away explain
 * that it gives none; where they answer others, it has lost itself inside kafkajs, and only a new process surely finds the way.
 * @returns what to call at each sign.
 */
export function watchSigns({ group, answers, fatal, closing }: Options): () => void {
  let [looks, isAsking] = [0, false]; // looks and not a time: a machine that wakes has slept through none of them
  const look = async (): Promise<void> => {
    if (++looks * LOOK_MS < ANSWER_MS_MAX || isAsking) return;
    isAsking = true;
    const isMute = (await isAnswered(answers)) && looks * LOOK_MS >= ANSWER_MS_MAX;
    [looks, isAsking] = [0, false];
    if (isMute) fatal(new Error(muteSentence(group)));
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  closing.addEventListener("abort", () => clearInterval(timer));
  return () => void (looks = 0);
}

function muteSentence(group: string): string {
  return `Kafka answers, but not this member of the group ${group}, for ${ANSWER_MS_MAX / 1000} s now, and it does not come back by itself. The process ends so that the next one begins anew.`;
}
