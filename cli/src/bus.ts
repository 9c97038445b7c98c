import type { Bus } from "@holdfast/bus";
import { trustedKeys, type TrustedKeys } from "@holdfast/schemas";
import { EXIT, Stopped } from "./exit.ts";
import { publicKey } from "./signed.ts";
import type { World } from "./world.ts";

/** @throws Stopped: unreachable, with the sentence of why. */
export async function openBus({ openBus: open, settings }: World): Promise<Bus> {
  try {
    return await open(settings);
  } catch (cause) {
    throw new Stopped(EXIT.unreachable, cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** The keys that this machine pins. */
export function pinnedKeys({ settings }: World): TrustedKeys {
  return trustedKeys((signer) => publicKey(settings.HOLDFAST_PUBLIC_KEYS, signer));
}
