import type { Log } from "@holdfast/service";
import type { Counted } from "./metrics.ts";
import type { Policy } from "./policy.ts";

/** What policy decides and what it cannot do now, as lines of its log and as counts. */
export function telling(
  log: Log,
  counted: Counted,
  digest: string,
): Pick<Policy, "decided" | "ignored" | "delayed" | "recorded"> {
  return {
    decided: (decision) => {
      log.info(`${decision.verdict} ${decision.action}`, { ...decision, policyDigest: digest.slice(0, 12) });
      counted.decided(decision);
    },
    ignored: (request, why) => log.info("a request to plan led to nothing", { request, why }),
    recorded: counted.recorded,
    delayed: (cause) => log.warn("what is due could not be published; it is tried again in a second", { error: cause }),
  };
}
