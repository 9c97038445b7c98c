import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openCodec, signingKey, trustedKeys, type Codec, type SignerName } from "@holdfast/schemas";
import { readSecret } from "@holdfast/service";

type Keys = {
  readonly service: string;
  /** Folder of `<signer>.pub`. What has no file there is not believed. */
  readonly publicKeys: string;
  /** Files of the private keys that this service holds. */
  readonly signing: Partial<Record<SignerName, string>>;
};

/** The codec of one service: it believes the pinned public keys, and signs with its own. */
export function codecOf({ service, publicKeys, signing }: Keys): Codec {
  const held = Object.entries(signing).map(([signer, path]) => [signer, signingKey(signer, readSecret(path))] as const);
  return openCodec({
    service,
    trusted: trustedKeys((signer) => publicKey(publicKeys, signer)),
    signing: Object.fromEntries(held),
  });
}

/** The PEM text of `<signer>.pub`, or undefined where there is none. */
export function publicKey(folder: string, signer: string): string | undefined {
  try {
    return readFileSync(join(folder, `${signer}.pub`), "utf8");
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") return undefined;
    throw new Error(
      `the public key of ${signer} in ${folder} cannot be read, so nothing that it signed could be believed`,
      { cause },
    );
  }
}
