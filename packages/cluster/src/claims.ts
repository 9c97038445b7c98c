import type { Connection } from "./connection.ts";
import type { KubeObject } from "./objects.ts";
import type { Claim, Claims } from "./port.ts";
import { objectOf, sentence } from "./status.ts";

const LEASES = "/apis/coordination.k8s.io/v1/namespaces/holdfast/leases";
const HOLDER = "holdfast.dev/holder";
const REFUSED = "holdfast.dev/refused";

/** Claims as Leases in the namespace `holdfast`: created once, never changed, so the API server decides who was first. */
export function openClaims({ call }: Pick<Connection, "call">, timeoutMs: number): Claims {
  return {
    look: async (proposal, signal) => {
      const reply = await call(
        { verb: "GET", path: `${LEASES}/${encodeURIComponent(leaseName(proposal))}` },
        timeoutMs,
        signal,
      );
      if (reply.status === 404) return undefined;
      if (reply.status !== 200) throw new Error(`${sentence(reply)} Nobody can say whether ${proposal} is claimed.`);
      return claimOf(objectOf(reply.text));
    },
    create: async (proposal, holder, refused, signal) => {
      const body = JSON.stringify(lease(proposal, holder, refused));
      const path = `${LEASES}?fieldManager=holdfast&fieldValidation=Strict`;
      const reply = await call({ verb: "POST", path, contentType: "application/json", body }, timeoutMs, signal);
      if (reply.status === 201) return "created";
      if (reply.status === 409) return "taken";
      throw new Error(`${sentence(reply)} The claim of ${proposal} was not made.`);
    },
  };
}

function leaseName(proposal: string): string {
  return `holdfast-${proposal}`;
}

function lease(
  proposal: string,
  holder: string,
  refused: string | undefined,
): KubeObject & { readonly spec: { readonly holderIdentity: string } } {
  const annotations = { [HOLDER]: holder, ...(refused === undefined ? {} : { [REFUSED]: refused }) };
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: leaseName(proposal), namespace: "holdfast", annotations },
    spec: { holderIdentity: holder },
  };
}

/** A Lease of that name by anybody's hand is a claim: doubt must not act twice. */
function claimOf(object: KubeObject | undefined): Claim {
  const annotations = object?.metadata?.annotations ?? {};
  const createdAt = Date.parse(object?.metadata?.creationTimestamp ?? "");
  return {
    holder: annotations[HOLDER] ?? "not known",
    refused: annotations[REFUSED],
    createdAt: Number.isNaN(createdAt) ? 0 : createdAt,
  };
}
