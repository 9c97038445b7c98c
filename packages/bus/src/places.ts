import type { Log } from "./log.ts";
import type { Next, Place, Raw } from "./port.ts";
import { isSamePartition } from "./topic-partition.ts";

/** The records that stand at these places, those of them that there are: retention may have taken one, and a place may be made up. */
export async function recordsAt(log: Log, places: readonly Place[]): Promise<readonly Raw[]> {
  const topics = [...new Set(places.map(({ topic }) => topic))];
  if (topics.length === 0) return [];
  const ends = await log.ends(topics);
  const wanted = new Map(places.filter((place) => isBefore(place, ends)).map((place) => [nameOf(place), place]));
  const found: Raw[] = [];
  if (wanted.size === 0) return found;
  const done = Promise.withResolvers<void>();
  const onBatch = async (batch: readonly Raw[]): Promise<void> => {
    for (const raw of batch) {
      if (wanted.has(nameOf(raw))) found.push(raw);
      // In the order of offsets: what was wanted before this one is here, or is gone.
      for (const [name, place] of wanted)
        if (isSamePartition(place, raw) && place.offset <= raw.offset) wanted.delete(name);
    }
    if (wanted.size === 0) done.resolve();
  };
  const tail = log.tail(
    topics,
    ends.map((end) => firstOf(end, wanted.values())),
    onBatch,
  );
  tail.ended.then(done.resolve, done.reject);
  done.promise.catch(() => undefined); // where the beginning fails first, nobody waits for the end
  try {
    // What expired never comes, and nothing may come after it for days.
    for (const begun of await tail.begun)
      for (const [name, place] of wanted)
        if (isSamePartition(place, begun) && place.offset < begun.offset) wanted.delete(name);
    if (wanted.size > 0) await done.promise;
  } finally {
    await tail[Symbol.asyncDispose]();
  }
  return found;
}

/** Where to begin in a partition: at the first place that is wanted there, or at its end where none is. */
function firstOf(end: Next, wanted: Iterable<Place>): Next {
  const offsets = [...wanted].filter((place) => isSamePartition(place, end)).map(({ offset }) => offset);
  return { ...end, offset: Math.min(end.offset, ...offsets) };
}

function isBefore(place: Place, ends: readonly Next[]): boolean {
  return place.offset >= 0 && ends.some((end) => isSamePartition(place, end) && place.offset < end.offset);
}

function nameOf({ topic, partition, offset }: Place): string {
  return `${topic}/${partition}/${offset}`;
}
