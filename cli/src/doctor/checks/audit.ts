import { logVerifier, openCheckpoint } from "@holdfast/log";
import { publicKeys } from "@holdfast/schemas";
import { span } from "../../moment.ts";
import { publicKey } from "../../signed.ts";
import { bad, note, warn, well, type Check, type Finding } from "../check.ts";
import { get, measured, type Site } from "../site.ts";

/** Whether the log is signed by the key that is pinned, and misses nothing. `holdfast audit verify` reads all of it. */
export const check: Check = {
  name: "audit",
  rank: 80,
  run: async (site) => {
    const url = site.world.settings.HOLDFAST_AUDIT_URL;
    const answer = await get(site.world, `${url}/checkpoint`);
    if (answer?.ok !== true)
      return [
        bad(
          `audit shows no checkpoint at ${url}`,
          "Nothing is executed without a receipt. Start audit, or set HOLDFAST_AUDIT_URL.",
        ),
      ];
    const gaps = measured(site).flatMap(({ service, metrics }) =>
      service === "audit" && metrics.sum("holdfast_audit_gaps_total") > 0
        ? [bad("the log has gaps: records that never reached it", "`holdfast audit verify` names them.")]
        : [],
    );
    return [signed(site, answer.text), ...gaps];
  },
};

function signed(site: Site, text: string): Finding {
  const pem = publicKey(site.world.settings.HOLDFAST_PUBLIC_KEYS, "audit");
  const [key] = pem === undefined ? [] : publicKeys("audit", pem);
  if (key === undefined)
    return note(
      "no public key of audit is pinned here, so its checkpoint was not verified",
      "Set HOLDFAST_PUBLIC_KEYS.",
    );
  const opened = openCheckpoint(Buffer.from(text), logVerifier(key));
  if (opened.outcome === "refused")
    return bad(
      `the checkpoint is not signed by the key that is pinned: ${opened.because}`,
      "Somebody else's log answers, or the key was replaced. Do not act on it before you know which.",
    );
  const entries = measured(site).find(({ service }) => service === "audit")?.metrics;
  const ahead = (entries?.sum("holdfast_audit_log_entries") ?? opened.size) - opened.size;
  const ageMs = (entries?.sum("holdfast_audit_checkpoint_age_seconds") ?? 0) * 1000;
  if (ahead > 0)
    return warn(
      `${ahead} entries wait for a checkpoint, the last is ${span(ageMs)} old`,
      "Nothing of them is executed until one is signed.",
    );
  return well(`${opened.size} entries, the checkpoint verifies; \`holdfast audit verify\` reads all`);
}
