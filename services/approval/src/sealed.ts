import { misshown } from "@holdfast/actions/shown";
import { ENVIRONMENTS, SCOPES, type Env, type Scope } from "@holdfast/guard";
import { backOutWord, decode, tierWord, type Allowed, type Drafted, type TierWord } from "@holdfast/schemas";

/** An allowed proposal that this version knows whole: every word of it can be shown. */
export type Sealed = {
  readonly allowed: Allowed;
  readonly draft: Drafted;
  readonly tier: TierWord;
  readonly env: Env;
  readonly scope: Scope;
};

const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** @returns a sentence where something in it cannot be shown as what it is; then nobody may approve it. */
export function sealedOf(allowed: Allowed): Sealed | string {
  try {
    const { plan } = allowed;
    const env = ENVIRONMENTS.find((known) => known === plan.environment);
    const scope = SCOPES.find((known) => known === plan.scope);
    if (env === undefined || scope === undefined) return unknown("its environment or its scope");
    backOutWord(plan.backOut.kind);
    for (const bytes of [plan.before, plan.after]) JSON.parse(bytes.toString());
    const { cluster, namespace, name } = plan.target;
    if (![cluster, namespace ?? "none", name].every((each) => NAME.test(each)))
      return unknown("the name of its target, which is not one that Kubernetes gives");
    const why = misshown(plan);
    if (why !== undefined)
      return `It cannot be shown as what it is (${why}), so nobody can approve it. Reject it, and ask who planned it.`;
    return { allowed, draft: decode("proposals.drafted", allowed.draft), tier: tierWord(allowed.tier), env, scope };
  } catch (cause) {
    return unknown(`a part of it (${cause instanceof Error ? cause.message : String(cause)})`);
  }
}

function unknown(what: string): string {
  return `This version of Holdfast cannot show ${what}, and what cannot be shown cannot be approved. Reject it, or bring every service to one version.`;
}
