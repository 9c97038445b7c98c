/** Runs work in the order in which it was asked for, one at a time; a failure is its own caller's alone. */
export type InTurn = (work: () => Promise<void>) => Promise<void>;

export function oneAtATime(): InTurn {
  let last: Promise<void> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
