import type { AlertInstance, Pending } from "./alerts.ts";
import { loadRules, nextAlerts } from "./alerts.ts";
import { tick } from "./controllers/tick.ts";
import type { AlertBook } from "./notifier.ts";
import { sourceOf } from "./prometheus.ts";
import type { Source } from "./promql.ts";
import { isFiring } from "./scenarios.ts";
import type { Scenario } from "./scenarios.ts";
import { seed } from "./seed.ts";
import { remember, samplesOf } from "./series.ts";
import type { SeriesHistory } from "./series.ts";
import { loadState, saveState } from "./state.ts";
import type { BrokenScenario, RecordedWrite } from "./state.ts";
import { createStore } from "./store.ts";
import type { World } from "./world.ts";

/** The running simulation: the objects with their controllers, the alerts on them, and the file that all of it survives in. */
export type SimulatedCluster = {
  readonly world: World;
  readonly book: AlertBook;
  readonly source: () => Source;
  /** One round of the controllers and the alerting rules, kept before it returns. */
  readonly round: () => void;
  readonly recordWrite: (write: RecordedWrite) => void;
  readonly writes: () => readonly RecordedWrite[];
  readonly nextBreak: () => number;
  readonly broken: () => readonly BrokenScenario[];
  readonly setBroken: (broken: readonly BrokenScenario[]) => void;
  /** INVARIANT: what was answered is in the file. */
  readonly keep: () => void;
};

const WRITES_MAX = 2_000;
const SETTLED_AGO_MS = 2 * 86_400_000;
const SETTLING_MS = 10_000;

export function openCluster(options: {
  file: string | undefined;
  now: () => number;
  scenarios: readonly Scenario[];
}): SimulatedCluster {
  const { file, scenarios } = options;
  const saved = file === undefined ? undefined : loadState(file);
  const clock = openClock(options.now);
  const { now } = clock;
  const store = createStore(now, saved?.store);
  const hidden = saved?.hidden ?? { images: {}, pods: {}, runtimes: {}, nodesDown: [] };
  const world: World = { store, hidden, now };
  const history: SeriesHistory = saved?.history ?? {};
  const rules = loadRules();
  const pending: Pending = new Map();
  let alerts: readonly AlertInstance[] = saved?.alerts ?? [];
  let writes: readonly RecordedWrite[] = saved?.writes ?? [];
  let broken: readonly BrokenScenario[] = saved?.broken ?? [];
  let breaks = saved?.breaks ?? 0;
  let keptVersion = -1;

  if (saved === undefined) begin(world, clock);
  const source = (): Source => sourceOf(samplesOf(world), history, now());
  const keep = (): void => {
    keptVersion = store.version();
    if (file !== undefined)
      saveState(file, { format: 1, store: store.dump(), hidden, alerts, broken, breaks, history, writes });
  };
  const round = (): void => {
    clock.still(() => tick(world));
    const before = alerts;
    remember(history, samplesOf(world), now());
    alerts = nextAlerts(alerts, rules, source(), pending, now());
    const still = broken.filter(({ name, fired }) => {
      const scenario = scenarios.find((s) => s.name === name);
      return scenario !== undefined && (!fired || isFiring(scenario, alerts, "any"));
    });
    const cured = still.length !== broken.length;
    broken = still;
    if (cured || alerts !== before || store.version() !== keptVersion) keep();
  };
  round();
  return {
    world,
    book: {
      read: () => alerts,
      change: (update) => {
        alerts = update(alerts);
        keep();
      },
    },
    source,
    round,
    recordWrite: (write) => {
      writes = [...writes, write].slice(-WRITES_MAX);
    },
    writes: () => writes,
    nextBreak: () => {
      breaks += 1;
      return breaks;
    },
    broken: () => broken,
    setBroken: (next) => {
      broken = next;
    },
    keep,
  };
}

type Clock = {
  readonly now: () => number;
  /** The time stands for as long as this takes, so that what starts in one round also crashes in one round. */
  readonly still: (work: () => void) => void;
  readonly setBack: (ms: number) => void;
};

function openClock(real: () => number): Clock {
  let backMs = 0;
  let stands: number | undefined;
  const now = (): number => stands ?? real() - backMs;
  return {
    now,
    still: (work) => {
      stands = now();
      work();
      stands = undefined;
    },
    setBack: (ms) => {
      backMs = ms;
    },
  };
}

/** A new cluster has been running for days: its pods start in the past, on the same controllers. */
function begin(world: World, clock: Clock): void {
  clock.setBack(SETTLED_AGO_MS + SETTLING_MS);
  seed(world);
  for (let left = SETTLING_MS; left > 0; left -= 500) {
    clock.setBack(SETTLED_AGO_MS + left);
    tick(world);
  }
  clock.setBack(0);
}
