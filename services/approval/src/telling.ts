import type { Bus } from "@holdfast/bus";
import type { Approval } from "@holdfast/schemas";
import type { Log } from "@holdfast/service";

/** What people decide is a line of the log once it is recorded, and none when the same is sent again. */
export function telling(bus: Pick<Bus, "publish" | "now">, log: Log): Pick<Bus, "publish" | "now"> {
  return {
    now: bus.now,
    publish: async (topic, key, event, cause) => {
      const published = await bus.publish(topic, key, event, cause);
      if (topic === "approvals") tell(log, event as Approval); // what this topic carries
      return published;
    },
  };
}

function tell(log: Log, { id, proposal, incident, digest, vote, request }: Approval): void {
  const ids = { record: id, proposal, incident, digest: digest?.slice(0, 12) };
  if (vote !== null) log.info(`voted: ${vote.decision}`, { ...ids, subject: vote.person.subject });
  if (request !== null)
    log.info(`asked to ${request.wants.replace("_", " ")}`, { ...ids, subject: request.person.subject });
}
