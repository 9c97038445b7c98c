/** Runs the items of one key one at a time and in order, and those of different keys beside each other. */
export type Lanes<T> = {
  readonly add: (key: string, item: T) => void;
  /** Forgets what waits; what runs goes on. */
  readonly forget: (matches: (item: T) => boolean) => void;
  /** Begins nothing until `release`. */
  readonly hold: () => void;
  readonly release: () => void;
};

/** What a piece of work leaves behind: its key goes on, or rests and does the same item again. */
export type Outcome = "done" | { readonly againInMs: number };

type Lane<T> = { readonly key: string; items: T[]; state: "ready" | "running" | "resting"; timer?: NodeJS.Timeout };

/** @param work never rejects. A resting key takes none of the `concurrency`. */
export function openLanes<T>(concurrency: number, work: (item: T) => Promise<Outcome>): Lanes<T> {
  const lanes = new Map<string, Lane<T>>();
  const ready: Lane<T>[] = [];
  let [running, held] = [0, false];

  const makeReady = (lane: Lane<T>): void => {
    lane.state = "ready";
    ready.push(lane);
  };
  const leave = (lane: Lane<T>): void => {
    if (lane.items.length > 0) makeReady(lane);
    else lanes.delete(lane.key);
  };
  const rest = (lane: Lane<T>, ms: number): void => {
    lane.state = "resting";
    lane.timer = setTimeout(() => {
      leave(lane);
      pump();
    }, ms);
  };
  const run = async (lane: Lane<T>, item: T): Promise<void> => {
    lane.state = "running";
    running += 1;
    const outcome = await work(item);
    running -= 1;
    if (outcome === "done") {
      lane.items.shift();
      leave(lane);
    } else rest(lane, outcome.againInMs);
    pump();
  };
  const pump = (): void => {
    while (!held && running < concurrency) {
      const lane = ready.shift();
      if (lane === undefined) return;
      const [item] = lane.items;
      if (item === undefined) lanes.delete(lane.key);
      else void run(lane, item);
    }
  };
  return {
    add: (key, item) => {
      const lane = lanes.get(key);
      if (lane !== undefined) {
        lane.items.push(item);
        return;
      }
      const begun: Lane<T> = { key, items: [item], state: "ready" };
      lanes.set(key, begun);
      ready.push(begun);
      pump();
    },
    forget: (matches) => {
      for (const lane of lanes.values()) {
        lane.items = lane.items.filter((item, index) => (index === 0 && lane.state === "running") || !matches(item));
        if (lane.items.length > 0 || lane.state !== "resting") continue;
        clearTimeout(lane.timer);
        lanes.delete(lane.key);
      }
    },
    hold: () => {
      held = true;
    },
    release: () => {
      held = false;
      pump();
    },
  };
}
