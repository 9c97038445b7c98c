import { checkReceipt, logVerifier } from "@holdfast/log";
import { logFiles, openValues } from "@holdfast/log/files";
import { publicKeys } from "@holdfast/schemas";
import { z } from "zod";
import { publicKey } from "../signed.ts";
import { command as audit } from "../commands/audit.ts";
import { said } from "./said.ts";
import type { Recorded } from "./doors.ts";
import type { Stage } from "./stage.ts";

const receipt = z.looseObject({ valueHash: z.string().regex(/^[0-9a-f]{64}$/) });
const verified = z.object({
  outcome: z.string(),
  because: z.string().optional(),
  origin: z.string().optional(),
  size: z.number().optional(),
  root: z.string().optional(),
  records: z.number().optional(),
  gaps: z.array(z.unknown()).optional(),
  valuesChecked: z.number().optional(),
  signatures: z.object({ verified: z.number(), refused: z.array(z.string()) }).optional(),
});

export type Proof = { readonly says: readonly string[]; readonly numbers: Readonly<Record<string, unknown>> };

/** Checks the receipt of each line of the story, and then the whole log as `holdfast audit verify` does. @throws where anything is not so */
export async function proven(stage: Stage, story: readonly Recorded[]): Promise<Proof> {
  const receipts = await receiptsProven(stage, story);
  const answer = await said(stage.world, audit, ["verify", "--json"]);
  const result = verified.parse(JSON.parse(answer.join("\n")));
  const { outcome, because, size, root = "", records, gaps = [], valuesChecked, signatures } = result;
  if (outcome !== "verified" || signatures === undefined || signatures.refused.length > 0)
    throw new Error(
      `The log does not verify: ${because ?? signatures?.refused.join("; ") ?? "its values are not here"}.`,
    );
  const says = [
    `${size} entries under one root, signed by the pinned key (${root.slice(0, 8)}...)`,
    `${records} records, ${gaps.length} gaps, ${valuesChecked} values as recorded, ${signatures.verified} signatures hold`,
    `${receipts} of the ${story.length} lines above are proven by their receipts`,
  ];
  return {
    says,
    numbers: { size, root, records, gaps: gaps.length, valuesChecked, signatures: signatures.verified, receipts },
  };
}

/** Believes no more of an answer than its proof, the pinned key and the value on disk say. */
async function receiptsProven({ world, doors }: Stage, story: readonly Recorded[]): Promise<number> {
  const { HOLDFAST_DATA: data, HOLDFAST_PUBLIC_KEYS: keys } = world.settings;
  const [key] = publicKeys("audit", publicKey(keys, "audit") ?? "");
  if (key === undefined) throw new Error("The log has no public key, so nothing could be verified.");
  using values = openValues(logFiles(data).store);
  for (const record of story) {
    const answer = await doors.receipt(record);
    const value = (await values.read(Buffer.from(receipt.parse(answer).valueHash, "hex"))) ?? null;
    const checked = checkReceipt(answer, { ...record, value }, logVerifier(key));
    if (checked.outcome === "refused") throw new Error(`Entry ${record.index} is not proven: ${checked.because}.`);
    if (checked.index !== record.index)
      throw new Error(`Entry ${record.index} is proven to be entry ${checked.index}.`);
  }
  return story.length;
}
