/** Runs the work on one thing in the order in which it was asked for, one at a time; a failure is its own caller's alone. */
export type InTurn = (thing: string, work: () => Promise<void>) => Promise<void>;

export function oneAtATime(): InTurn {
  const last = new Map<string, Promise<void>>();
  return (thing, work) => {
    const mine = (last.get(thing) ?? Promise.resolve()).then(work);
    const over = mine
      .catch(() => undefined)
      .then(() => {
        if (last.get(thing) === over) last.delete(thing);
      });
    last.set(thing, over);
    return mine;
  };
}
