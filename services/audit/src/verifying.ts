import { CHECKPOINT_PATH, verifyLog, type Broken, type LogCheck, type Nothing, type Verified } from "@holdfast/log";
import { sentenceOf, type Log } from "@holdfast/service";

export type Verdict = Verified | Broken | Nothing;

/** The least time between two verifications; a long one is followed by ten times as long a rest. */
const PAUSE_MS_MIN = 60_000;
const REST = 10;
const MOVED_TIMES = 3;

/** Verifies the published files as anybody else would. One that fails while the log moves on is looked at again. */
export async function verifyStill(check: LogCheck): Promise<Verdict> {
  for (let left = MOVED_TIMES; ; left -= 1) {
    const before = await check.read(CHECKPOINT_PATH);
    const verdict = await verifyLog(check);
    const after = await check.read(CHECKPOINT_PATH);
    const moved = before !== undefined && after !== undefined && !before.equals(after);
    if (verdict.outcome !== "broken" || !moved || left === 0) return verdict;
  }
}

type Told = { readonly log: Log; readonly verified: (verdict: Verdict | undefined) => void };

/** Goes on until it is disposed: damage is found while the service runs, and not when somebody needs the log. */
export function keepVerifying(check: LogCheck, { log, verified }: Told): Disposable {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const round = async (): Promise<void> => {
    const began = performance.now();
    try {
      const verdict = await verifyStill(check);
      if (verdict.outcome === "broken")
        log.error("the log does not verify; stop trusting it, keep every file, and run holdfast audit verify", verdict);
      verified(verdict);
    } catch (error) {
      log.error("the log could not be read to verify it; it is tried again", { error: sentenceOf(error) });
      verified(undefined);
    }
    if (!isOver) timer = setTimeout(() => void round(), Math.max(PAUSE_MS_MIN, REST * (performance.now() - began)));
  };
  void round();
  return {
    [Symbol.dispose]: () => {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
