/**
 * A record whose work has ended its process before is worked on alone, so that the next end can be laid at its door and not
 * at that of whatever happened to run beside it.
 */
export type Turns = {
  /** @returns the function that ends the turn; calling it twice is the same as once. */
  readonly enter: (alone: boolean) => Promise<() => void>;
};

/** @param patienceMs nobody waits longer than this for others: work may take minutes, and a suspect must not stop a group. */
export function openTurns(patienceMs: number): Turns {
  let [together, alone] = [0, false];
  const waiting = new Set<() => void>();
  const changed = (): void => waiting.forEach((look) => look());

  const until = async (clear: () => boolean): Promise<void> => {
    if (clear()) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const look = (): void => {
      if (clear()) resolve();
    };
    waiting.add(look);
    const timer = setTimeout(resolve, patienceMs);
    await promise;
    clearTimeout(timer);
    waiting.delete(look);
  };
  const once = (end: () => void): (() => void) => {
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      end();
      changed();
    };
  };
  return {
    enter: async (wantsAlone) => {
      await until(() => !alone);
      if (!wantsAlone) {
        together += 1;
        return once(() => (together -= 1));
      }
      alone = true;
      await until(() => together === 0);
      return once(() => (alone = false));
    },
  };
}
