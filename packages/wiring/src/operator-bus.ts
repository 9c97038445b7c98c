import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Bus } from "@holdfast/bus";
import { openEmbedded } from "@holdfast/bus/embedded";
import { openCodec, trustedKeys } from "@holdfast/schemas";
import { publicKey } from "./codec.ts";

export type OperatorSettings = {
  readonly HOLDFAST_BUS: string;
  readonly HOLDFAST_DATA: string;
  readonly HOLDFAST_PUBLIC_KEYS: string;
};

/**
 * The bus as an operator opens it, to look at records and to write one again: with no signing key, and with a credential of
 * their own. The embedded bus is a file, so there it is whoever may write that file.
 */
export async function operatorBus(settings: OperatorSettings): Promise<Bus> {
  const codec = openCodec({
    service: "operator",
    trusted: trustedKeys((signer) => publicKey(settings.HOLDFAST_PUBLIC_KEYS, signer)),
    signing: {},
  });
  if (settings.HOLDFAST_BUS !== "embedded")
    throw new Error("This version has the embedded bus alone. Leave HOLDFAST_BUS out, or set it to embedded.");
  const file = join(settings.HOLDFAST_DATA, "bus.sqlite");
  if (!existsSync(file))
    throw new Error(`There is no bus in ${settings.HOLDFAST_DATA}. HOLDFAST_DATA names the data folder of a Holdfast.`);
  return await openEmbedded({ file, codec, service: "operator" });
}
