import { logVerifier, openCheckpoint } from "@holdfast/log";
import { publicKeys, span } from "@holdfast/schemas";
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
    return [signed(site, answer.text), ...counted(site)];
  },
};

const BEHIND_MAX = 1_000;

/** What audit says of itself. */
function counted(site: Site): readonly Finding[] {
  const metrics = measured(site).find(({ service }) => service === "audit")?.metrics;
  if (metrics === undefined) return [note("how far audit is behind is not known, because its metrics do not answer")];
  const behind = metrics.sum("holdfast_audit_behind_records");
  const verifiedAt = metrics.sum("holdfast_audit_verified_timestamp_seconds") * 1000;
  const ago = span(site.world.now() - verifiedAt);
  return [
    ...(metrics.sum("holdfast_audit_gaps_total") > 0
      ? [bad("the log has gaps: records that never reached it", "`holdfast audit verify` names them.")]
      : []),
    ...(metrics.sum("holdfast_audit_verify_failures_total") > 0
      ? [
          bad(
            "audit verified its own log and found damage",
            "Run `holdfast audit verify`, and act on nothing before you know why.",
          ),
        ]
      : []),
    ...(behind > BEHIND_MAX
      ? [
          warn(
            `audit is ${behind} records behind, and executions wait for their receipts`,
            "Wait, and see whether it falls.",
          ),
        ]
      : []),
    verifiedAt === 0
      ? note("the whole log was not verified since audit started", "`holdfast audit verify` does it now.")
      : well(`${metrics.sum("holdfast_audit_verified_entries")} entries verified from the first on, ${ago} ago`),
  ];
}

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
  return well(`${opened.size} entries, under a checkpoint that verifies`);
}
