import { readdirSync } from "node:fs";
import type { LiveFacts } from "./facts.ts";
import type { Found, Signature } from "./signature.ts";

const FOLDER = new URL("./signatures/", import.meta.url);

/** Every file of the folder is a signature. @throws where one is not, or there is none. */
export async function loadSignatures(): Promise<readonly Signature[]> {
  const files = readdirSync(FOLDER)
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .toSorted();
  if (files.length === 0)
    throw new Error("There is no signature in services/triage/src/signatures, so nothing could ever be found.");
  return Promise.all(files.map(load));
}

async function load(file: string): Promise<Signature> {
  const module: { readonly signature?: Signature } = await import(new URL(file, FOLDER).href);
  const { signature } = module;
  if (signature?.name !== file.slice(0, -".ts".length))
    throw new Error(`services/triage/src/signatures/${file} must export a signature of its own name.`);
  return signature;
}

/** What every signature that looks at this kind of object finds. */
export function judge(signatures: readonly Signature[], facts: LiveFacts): readonly Found[] {
  return signatures.flatMap((signature) => {
    if (!signature.looksAt(facts.target.kind)) return [];
    const finding = signature.judge(facts);
    if (finding === undefined) return [];
    const { remedy } = finding;
    // a row's remedy is its own: no finding may lift one from another row
    const allowed = remedy !== undefined && signature.remedies.includes(remedy.action) ? remedy : undefined;
    return [{ ...finding, remedy: allowed, signature: signature.name, order: signature.order }];
  });
}
