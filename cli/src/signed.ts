import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import {
  backOutWord,
  decode,
  digestOf,
  envelopeOf,
  openCodec,
  recordOf,
  tierWord,
  trustedKeys,
  type Allowed,
  type Drafted,
  type TierWord,
} from "@holdfast/schemas";
import { approval, need, tokenOf } from "./door.ts";
import { word, type Fields } from "./fields.ts";
import { EXIT, Stopped } from "./exit.ts";
import type { World } from "./world.ts";

/** A proposal as this terminal read it for itself from the bytes that policy signed; the door's word is only compared. */
export type Signed = {
  readonly allowed: Allowed;
  readonly draft: Drafted;
  readonly tier: TierWord;
  /** Computed here. What is voted on is this. */
  readonly digest: string;
  /** Whose signature was found on the bytes, or why none could be checked. */
  readonly signature: "verified" | "forged" | "no-key";
  /** The fields in which the door shows something else than the bytes say. */
  readonly differs: readonly string[];
};

/** @throws Stopped where the bytes cannot be read as what this version knows: then they cannot be shown, nor approved. */
export async function readSigned(world: World, shown: Fields): Promise<Signed> {
  const id = word(shown["id"]);
  const { bytes, headers } = await need(
    world,
    "approval",
    approval(world, `/v1/proposals/${encodeURIComponent(id)}/bytes`),
    { token: tokenOf(world) },
  );
  try {
    const allowed = decode("proposals.allowed", bytes);
    const draft = decode("proposals.drafted", allowed.draft);
    const digest = digestOf(bytes);
    const tier = tierWord(allowed.tier);
    return {
      allowed,
      draft,
      tier,
      digest,
      signature: signatureOf(world, bytes, headers.get("holdfast-signature")),
      differs: differences(shown, expected(allowed, tier, digest)),
    };
  } catch (cause) {
    throw new Stopped(
      EXIT.refused,
      `The signed bytes of ${id} are not what this version of Holdfast can show whole, so they cannot be decided on here. Bring every part to one version.`,
      { cause },
    );
  }
}

function signatureOf({ settings }: World, bytes: Buffer, header: string | null): Signed["signature"] {
  const trusted = trustedKeys((signer) => publicKey(settings.HOLDFAST_PUBLIC_KEYS, signer));
  if (trusted["policy-open"].length === 0) return "no-key";
  const envelope = envelopeOf(bytes, [{ name: "holdfast-signature", value: Buffer.from(header ?? "") }]);
  if (envelope === undefined) return "forged";
  return openCodec({ service: "cli", trusted, signing: {} }).open("proposals.allowed", envelope).outcome === "valid"
    ? "verified"
    : "forged";
}

/** The PEM text of a pinned key; undefined where this machine has none. */
export function publicKey(folder: string, signer: string): string | undefined {
  try {
    return readFileSync(join(folder, `${signer}.pub`), "utf8");
  } catch {
    return undefined;
  }
}

/** What the door must show of these bytes, in its own words. */
function expected(
  { proposal, incident, plan, approveBy, lastMoment, confirmText, quorum, roles, level }: Allowed,
  tier: TierWord,
  digest: string,
): Fields {
  const { command, action, because } = plan.backOut;
  return {
    id: proposal,
    incident,
    digest,
    tier,
    quorum,
    roles,
    level,
    action: plan.action,
    arguments: recordOf(plan.arguments),
    target: plan.target,
    environment: plan.environment,
    scope: plan.scope,
    podsAffected: plan.podsAffected,
    pods: plan.pods,
    reversible: plan.reversible,
    before: JSON.parse(plan.before.toString()),
    after: JSON.parse(plan.after.toString()),
    backOut: {
      kind: backOutWord(plan.backOut.kind),
      ...(command !== null && { command }),
      ...(action !== null && { action: { action: action.action, arguments: recordOf(action.arguments) } }),
      ...(because !== null && { because }),
    },
    now: plan.now,
    touches: plan.touches,
    users: plan.users,
    notUndone: plan.notUndone,
    approveBy: new Date(approveBy).toISOString(),
    lastMoment: new Date(lastMoment).toISOString(),
    ...(tier !== "one-ack" && { typedText: confirmText }),
  };
}

function differences(shown: Fields, expected: Fields): readonly string[] {
  // Through JSON, so that both sides have lost what JSON cannot hold.
  const plain: Fields = JSON.parse(JSON.stringify(expected));
  return Object.keys(plain).filter((name) => !isDeepStrictEqual(shown[name], plain[name]));
}

/** Why this terminal will not cast an approval for what it was shown, if it will not. */
export function distrust({ signature, differs }: Signed): string | undefined {
  if (signature === "forged")
    return "The bytes do not bear policy's signature. This is not what policy allowed: approve nothing, and find out who answers at this address.";
  if (differs.length > 0)
    return `The door shows something else than the signed bytes say (${differs.join(", ")}). Approve nothing, and find out who answers at this address.`;
  return undefined;
}
