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
  let [together, alone] = [0, 0];
  const waiting = new Set<() => void>();

  /** `isClear` is asked and `begin` is done in one step, so that of two who wait for the same only one goes on. */
  const turn = async (isClear: () => boolean, begin: () => void): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const go = (): void => {
      clearTimeout(timer);
      waiting.delete(look);
      begin();
      resolve();
    };
    const look = (): void => {
      if (isClear()) go();
    };
    const timer = setTimeout(go, patienceMs);
    waiting.add(look);
    look();
    await promise;
  };
  const ending = (end: () => void): (() => void) => {
    let hasEnded = false;
    return () => {
      if (hasEnded) return;
      hasEnded = true;
      end();
      for (const look of waiting) look();
    };
  };
  return {
    enter: async (wantsAlone) => {
      if (!wantsAlone) {
        await turn(
          () => alone === 0,
          () => (together += 1),
        );
        return ending(() => (together -= 1));
      }
      await turn(
        () => alone === 0,
        () => (alone += 1),
      );
      await turn(
        () => together === 0,
        () => undefined,
      );
      return ending(() => (alone -= 1));
    },
  };
}
