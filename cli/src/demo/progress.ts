import type { Paint } from "../world.ts";

/** Says that something runs, for as long as it does. */
export type Progress = <T>(what: string, work: () => Promise<T>) => Promise<T>;

export type Out = { readonly write: (text: string) => void; readonly paint: Paint };

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 100;
const REMIND_MS = 5_000;
/** What is over sooner was never waited for. */
const UNSEEN_MS = 300;
const UNSEEN_IN_LOG_MS = 1_500;
const CLEAR = "\r\u001b[2K";

/** On a terminal: one line that moves, and is gone when the work is done. */
export function spinner({ write, paint }: Out): Progress {
  return (what, work) => {
    let frame = 0;
    const draw = (seconds: number): void => {
      const mark = FRAMES[(frame += 1) % FRAMES.length] ?? "";
      write(`${CLEAR}  ${mark} ${paint("soft", `${what}  ${seconds.toFixed(1)} s`)}`);
    };
    return accompanied(work, { draw, everyMs: FRAME_MS, afterMs: UNSEEN_MS, end: () => write(CLEAR) });
  };
}

/** In a log: a line where the work takes a while, and one now and then for as long as it lasts. */
export function plainProgress({ write, paint }: Out): Progress {
  return (what, work) => {
    const draw = (seconds: number): void =>
      write(`${paint("soft", `  ... ${what}${seconds < REMIND_MS / 1000 ? "" : `, ${Math.round(seconds)} s`}`)}\n`);
    return accompanied(work, { draw, everyMs: REMIND_MS, afterMs: UNSEEN_IN_LOG_MS, end: () => undefined });
  };
}

type Show = {
  readonly draw: (seconds: number) => void;
  readonly everyMs: number;
  readonly afterMs: number;
  readonly end: () => void;
};

async function accompanied<T>(work: () => Promise<T>, { draw, everyMs, afterMs, end }: Show): Promise<T> {
  const began = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    draw((performance.now() - began) / 1000);
    timer = setTimeout(look, everyMs);
  };
  timer = setTimeout(look, afterMs);
  try {
    return await work();
  } finally {
    clearTimeout(timer);
    if (performance.now() - began > afterMs) end();
  }
}
