import type { Identity } from "../identities.ts";
import type { Target } from "./request.ts";
import { forbidden } from "./status.ts";

const DRY_RUN_ONLY = "policy-dry-run-only.holdfast.dev";

/** The one admission policy that the sandbox has: whoever plans may rehearse every change and make none. */
export function admit(
  user: Identity,
  asked: { operation: string; target: Target; name: string; dryRun: boolean },
): void {
  if (user.name !== "policy" || asked.dryRun) return;
  const message = `ValidatingAdmissionPolicy '${DRY_RUN_ONLY}' with binding '${DRY_RUN_ONLY}' denied request: policy may only dry-run, or write the grants`;
  throw forbidden(asked.target.resource, asked.name, message, [{ message }]);
}
