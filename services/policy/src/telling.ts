import { traceOf } from "@holdfast/schemas";
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
    recorded: (delivery, before) => {
      counted.recorded(delivery, before);
      tellVerdict(log, delivery);
    },
    delayed: (cause) => log.warn("what is due could not be published; it is tried again in a second", { error: cause }),
  };
}

/** What follows from votes and time; how a draft was answered is told when it is decided. */
function tellVerdict(log: Log, { topic, event, headers }: Parameters<Policy["recorded"]>[0]): void {
  const says = verdictSays(topic, event);
  if (says === undefined || !("proposal" in event)) return;
  const { id, incident, proposal } = event;
  log.info(says, { record: id, proposal, incident, trace: traceOf(headers) });
}

function verdictSays(
  topic: Parameters<Policy["recorded"]>[0]["topic"],
  event: Parameters<Policy["recorded"]>[0]["event"],
): string | undefined {
  if (topic === "proposals.approved") return "approved";
  if (topic === "proposals.rejected" && "by" in event) return `rejected by a ${event.by}`;
  return topic === "approvals" && "closing" in event && event.closing !== null
    ? `closed: ${event.closing.closing}`
    : undefined;
}
