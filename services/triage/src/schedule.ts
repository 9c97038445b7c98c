/** Work for one incident: the lower number first, then what was ready first. */
export type Work = { readonly key: string; readonly priority: number; readonly readyAt: number };

export type Schedule = Disposable & {
  /** Waits for its time; asked again before that, it only changes its place; while it runs, the request joins what is running. */
  readonly ask: (work: Work) => void;
  /** Takes back what has not started. */
  readonly cancel: (key: string) => void;
  readonly waiting: () => number;
  readonly running: () => number;
};

type Options = {
  readonly concurrency: number;
  readonly now: () => number;
  /** Never rejects. */
  readonly run: (key: string) => Promise<void>;
};

const TIMER_MS_MAX = 60_000;

/** Holds one entry a key, however often it is asked. */
export function openSchedule({ concurrency, now, run }: Options): Schedule {
  const waiting = new Map<string, Work>();
  const running = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let wakesAt = Infinity;
  let closed = false;

  const start = (key: string): void => {
    waiting.delete(key);
    running.add(key);
    void run(key).finally(() => {
      running.delete(key);
      turn();
    });
  };
  const wake = (at: number): void => {
    clearTimeout(timer);
    wakesAt = at;
    if (at !== Infinity) timer = setTimeout(turn, Math.min(TIMER_MS_MAX, Math.max(1, at - now())));
  };
  const turn = (): void => {
    clearTimeout(timer);
    wakesAt = Infinity;
    if (closed) return;
    const ready = [...waiting.values()]
      .filter(({ readyAt }) => readyAt <= now())
      .toSorted((a, b) => a.priority - b.priority || a.readyAt - b.readyAt);
    for (const { key } of ready) {
      if (running.size >= concurrency) return;
      start(key);
    }
    let next = Infinity;
    for (const { readyAt } of waiting.values()) next = Math.min(next, readyAt);
    wake(next);
  };
  return {
    ask: (work) => {
      if (running.has(work.key)) return;
      const before = waiting.get(work.key);
      if (before?.priority === work.priority && before.readyAt === work.readyAt) return;
      waiting.set(work.key, work);
      if (!closed && running.size < concurrency && work.readyAt < wakesAt) wake(work.readyAt);
    },
    cancel: (key) => void waiting.delete(key),
    waiting: () => waiting.size,
    running: () => running.size,
    [Symbol.dispose]: () => {
      closed = true;
      clearTimeout(timer);
      waiting.clear();
    },
  };
}
