/** What is met of each key, which is to come in the order 0, 1, 2 …; what came before may come again, with the same bytes. */
export type Sequences = {
  readonly take: (key: string, count: number, value: Buffer) => void;
  /** How many of this key have come, without a hole. */
  readonly reached: (key: string) => number;
  readonly again: () => number;
  readonly wrongs: readonly string[];
};

export function openSequences(where: string): Sequences {
  const met = new Map<string, Buffer[]>();
  const wrongs: string[] = [];
  let again = 0;
  return {
    take: (key, count, value) => {
      const values = met.get(key) ?? [];
      met.set(key, values);
      const first = values[count];
      if (first === undefined && count === values.length) values.push(value);
      else if (first === undefined) wrongs.push(`${where} met ${count} of ${key} before ${values.length}`);
      else again += 1;
      if (first?.equals(value) === false) wrongs.push(`${where} met ${count} of ${key} with other bytes`);
    },
    reached: (key) => met.get(key)?.length ?? 0,
    again: () => again,
    wrongs,
  };
}

export type Moment = { readonly partition: number; readonly at: number };

/** The longest time between these in which one partition had no such moment. */
export function silenceMs(moments: readonly Moment[], from: number, until: number): number {
  const byPartition = Map.groupBy(moments, ({ partition }) => partition);
  const longest = [...byPartition.values()].map((its) => {
    const times = [from, ...its.map(({ at }) => at).filter((at) => at > from && at < until), until];
    return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)));
  });
  return Math.max(0, ...longest);
}
