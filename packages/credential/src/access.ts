import type { Access } from "@holdfast/cluster";
import { readSecret } from "@holdfast/service";

type ClusterSettings = {
  readonly HOLDFAST_CLUSTER: "sandbox" | "kubeconfig" | "in-cluster";
  readonly HOLDFAST_SANDBOX_URL: string;
  readonly HOLDFAST_SANDBOX_PLAINTEXT: boolean;
};
type Own = {
  /** File of this service's token on the sandbox. */
  readonly sandboxToken: string;
  readonly kubeconfig: string | undefined;
  readonly context?: string | undefined;
};

/** Where this service finds its cluster, with the credential that is its own. */
export function accessOf(settings: ClusterSettings, own: Own): Access {
  switch (settings.HOLDFAST_CLUSTER) {
    case "sandbox":
      return {
        kind: "loopback",
        server: settings.HOLDFAST_SANDBOX_URL,
        token: readSecret(own.sandboxToken),
        isPrivate: settings.HOLDFAST_SANDBOX_PLAINTEXT,
      };
    case "in-cluster":
      return { kind: "in-cluster" };
    case "kubeconfig":
      if (own.kubeconfig === undefined)
        throw new Error(
          "HOLDFAST_CLUSTER is kubeconfig, and no kubeconfig is set for this service. Set its own, or HOLDFAST_KUBECONFIG to observe.",
        );
      return { kind: "kubeconfig", path: own.kubeconfig, context: own.context };
  }
}
