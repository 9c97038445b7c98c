import { join } from "node:path";
import { openEmbedded } from "@holdfast/bus/embedded";
import { sample, testCodec } from "@holdfast/schemas/testing";
import { setTimeout as sleep } from "node:timers/promises";
import { alert, garbling } from "../../../packages/bus/src/contract/events.ts";

const DRAFTS = 8;

/** Drafts under ids that are not their own, an approval that policy never signed, and a record that nobody can read. */
export async function meddle(data: string): Promise<void> {
  const file = join(data, "bus.sqlite");
  {
    await using bus = await openEmbedded({ file, codec: testCodec(), service: "triage" });
    for (let at = 0; at < DRAFTS; at += 1) {
      const id = crypto.randomUUID();
      const draft = sample("proposals.drafted", "rollback", {
        id,
        proposal: id,
        incident: crypto.randomUUID(),
        action: "open_a_shell",
      });
      await bus.publish("proposals.drafted", draft.incident, draft);
      await sleep(300);
    }
  }
  {
    await using bus = await openEmbedded({ file, codec: testCodec(), service: "policy" });
    const approved = sample("proposals.approved", "by-one-person"); // signed, with a key that nobody trusts
    await bus.publish("proposals.approved", approved.incident, approved);
  }
  await using bus = await openEmbedded({ file, codec: garbling(testCodec()), service: "intake" });
  const fingerprint = "dead000000000000";
  await bus.publish("alerts", fingerprint, alert(fingerprint, Date.now()));
}
