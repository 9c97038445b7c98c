import { schemasDigest } from "@holdfast/schemas";
import { VERSION } from "@holdfast/service";
import { bad, note, warn, well, type Check, type Finding } from "../check.ts";
import { measured, type Site } from "../site.ts";

type Said = { readonly who: string; readonly value: string };

/** Whether all of them are of one version, speak the same records, and judge by the same policy. */
export const check: Check = {
  name: "versions",
  rank: 60,
  run: async (site) => {
    if (measured(site).length === 0) return [note("no service says what it is, because none answers")];
    const here = "this terminal";
    const versions = [...said(site, "holdfast_build_info", "version"), { who: here, value: VERSION }];
    const schemas = [...said(site, "holdfast_schemas_info", "digest"), { who: here, value: schemasDigest() }];
    const own = await policyHere(site);
    const policies = [
      ...said(site, "holdfast_policy_info", "digest"),
      ...(own === undefined ? [] : [{ who: here, value: own }]),
    ];
    const ill = [
      ...differing("version", versions, warn, "Restart what is older from the same copy of Holdfast."),
      ...differing("schemas", schemas, bad, "They may not understand each other. Bring every service to one version."),
      ...differing(
        "policy",
        policies,
        bad,
        "The executor refuses what it would not have allowed itself. Give all the same HOLDFAST_CONFIG, and restart them.",
      ),
    ];
    if (ill.length > 0) return ill;
    const [schema = "", policy = ""] = [schemas[0]?.value, policies[0]?.value];
    return [well(`${VERSION}, schemas ${schema.slice(0, 6)}, policy ${policy.slice(0, 6)}: the same everywhere`)];
  },
};

function said(site: Site, name: string, label: string): readonly Said[] {
  return measured(site).flatMap(({ service, metrics }) =>
    metrics
      .of(name)
      .flatMap(({ labels }) => (labels[label] === undefined ? [] : [{ who: service, value: labels[label] }])),
  );
}

function differing(what: string, all: readonly Said[], as: typeof bad, fix: string): readonly Finding[] {
  const byValue = Map.groupBy(all, ({ value }) => value);
  if (byValue.size < 2) return [];
  const groups = [...byValue].map(
    ([value, who]) => `${value.slice(0, 6)} in ${who.map((each) => each.who).join(", ")}`,
  );
  return [as(`not everybody has the same ${what}: ${groups.join("; ")}`, fix)];
}

/** By the rules that stand here; where there are none, the services are compared with each other alone. */
async function policyHere({ world }: Site): Promise<string | undefined> {
  try {
    const { loadGuard } = await import("@holdfast/guard");
    return loadGuard(world.settings.HOLDFAST_CONFIG).guard.digest;
  } catch {
    return undefined;
  }
}
