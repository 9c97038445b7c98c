import { readdirSync } from "node:fs";
import type { ActionCall } from "@holdfast/schemas";
import { dependenciesIn } from "./dependencies.ts";
import type { LiveFacts } from "./facts.ts";
import type { Finding, Found, Signature } from "./signature.ts";

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

/**
 * What every signature that looks at this kind of object finds.
 *
 * @param takes whether the catalogue has this action and takes its arguments: what it does not take is reported only.
 */
export function judge(
  signatures: readonly Signature[],
  facts: LiveFacts,
  takes: (call: ActionCall) => boolean,
): readonly Found[] {
  return signatures.flatMap((signature) => {
    if (!signature.looksAt(facts.target.kind)) return [];
    const finding = signature.judge(facts);
    if (finding === undefined) return [];
    const { remedies, ...rest } = finding;
    const held = remedies.length === 0 ? undefined : whyHeld(facts, finding);
    return [
      {
        ...rest,
        says: held === undefined ? rest.says : `${rest.says} Nothing is proposed: ${held}.`,
        // a row's remedies are its own: no finding may lift one from another row
        remedy:
          held === undefined
            ? remedies.find((call) => signature.remedies.includes(call.action) && takes(call))
            : undefined,
        signature: signature.name,
        order: signature.order,
      },
    ];
  });
}

/** What several workloads cannot reach is no workload's own failure, unless a release of this one alone has begun it. */
function whyHeld({ logs, sharedDependencies }: LiveFacts, { rank, explains }: Finding): string | undefined {
  if (rank !== "other") return undefined;
  const own = logs.filter(({ pod }) => explains.includes(pod)).flatMap(({ of }) => dependenciesIn(of));
  const shared = [...new Set(own)].filter((name) => sharedDependencies.has(name));
  return shared.length === 0 ? undefined : `other workloads cannot reach ${shared.join(", ")} either`;
}
