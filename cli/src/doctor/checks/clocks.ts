import { bad, note, warn, well, type Check, type Finding } from "../check.ts";
import { aheadOf, get, measured, type Site } from "../site.ts";

const WARN_MS = 1_000;
const BAD_MS = 5_000;
/** The header Date has whole seconds. */
const DATE_MS = 1_000;
const FIX = "Let both keep time by NTP. Deadlines count by the broker's clock, and beyond 30 s nothing is executed.";

type Clock = { readonly whose: string; readonly aheadMs: number; readonly of: string };

/** Every clock against the one that it is compared with when Holdfast decides. */
export const check: Check = {
  name: "clocks",
  rank: 20,
  run: async (site) => {
    const clocks: readonly Clock[] = [
      ...site.services.flatMap(({ service, aheadMs }) =>
        aheadMs === undefined ? [] : [{ whose: service, aheadMs, of: "this machine's" }],
      ),
      ...measured(site).flatMap(({ service, metrics }) =>
        metrics
          .of("holdfast_bus_clock_ahead_seconds")
          .map(({ value }) => ({ whose: "the broker", aheadMs: value * 1000, of: `${service}'s` })),
      ),
      ...(await apiServer(site)),
    ];
    if (clocks.length === 0) return [note("no clock could be read, because no service answers")];
    const off = clocks.flatMap((clock) => offBy(clock) ?? []);
    const most = Math.max(...clocks.map(({ aheadMs }) => Math.abs(aheadMs)));
    const notCompared =
      site.start.HOLDFAST_CLUSTER === "sandbox"
        ? []
        : [note("the API server's was not compared: this terminal holds no credential of the cluster")];
    return [
      ...(off.length > 0 ? off : [well(`${clocks.length} compared, all within ${(most / 1000).toFixed(1)} s`)]),
      ...notCompared,
    ];
  },
};

function offBy({ whose, aheadMs, of }: Clock): Finding | undefined {
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1);
  const says = `the clock of ${whose} is ${seconds} s ${aheadMs > 0 ? "ahead of" : "behind"} ${of}`;
  if (Math.abs(aheadMs) > BAD_MS) return bad(says, FIX);
  return Math.abs(aheadMs) > WARN_MS ? warn(says, FIX) : undefined;
}

/** This terminal holds no credential of a real cluster; the simulated one tells its time to whoever asks. */
async function apiServer({ world, start }: Site): Promise<readonly Clock[]> {
  if (start.HOLDFAST_CLUSTER !== "sandbox") return [];
  const before = world.now();
  const answer = await get(world, `${start.HOLDFAST_SANDBOX_URL}/version`);
  const at = Date.parse(answer?.headers.get("date") ?? "");
  if (Number.isNaN(at)) return [];
  const aheadMs = aheadOf(at, before, world.now(), DATE_MS);
  return [{ whose: "the API server", of: "this machine's", aheadMs }];
}
