import type { KubeObject } from "@holdfast/cluster";
import type { Owner } from "@holdfast/schemas";

type GitOps = {
  readonly tool: string;
  readonly mark: (key: string) => boolean;
  readonly manager: (name: string) => boolean;
  readonly names: readonly string[];
};

const KNOWN: readonly GitOps[] = [
  {
    tool: "Argo CD",
    mark: (key) => key.startsWith("argocd.argoproj.io/"),
    manager: (name) => name.startsWith("argocd-"),
    names: ["argocd.argoproj.io/tracking-id", "argocd.argoproj.io/instance"],
  },
  {
    tool: "Flux Kustomization",
    mark: (key) => key.startsWith("kustomize.toolkit.fluxcd.io/"),
    manager: (name) => name === "kustomize-controller",
    names: ["kustomize.toolkit.fluxcd.io/name"],
  },
  {
    tool: "Flux HelmRelease",
    mark: (key) => key.startsWith("helm.toolkit.fluxcd.io/"),
    manager: (name) => name === "helm-controller",
    names: ["helm.toolkit.fluxcd.io/name"],
  },
];

/** Who keeps this object as Git says, and what its next sync does to a change made here; null where nobody is known to. */
export function ownerOf(object: KubeObject): Owner | null {
  const marks = { ...object.metadata?.labels, ...object.metadata?.annotations };
  const managers = (object.metadata?.managedFields ?? []).map((each) => each.manager ?? "");
  const found = KNOWN.find(({ mark, manager }) => Object.keys(marks).some(mark) || managers.some(manager));
  if (!found) return null;
  const name = found.names.map((key) => marks[key]).find((each) => each !== undefined);
  return {
    name: name === undefined ? found.tool : `${found.tool} "${name.split(":")[0]}"`,
    says: "its next sync puts back what Git says and so reverts this; change it in Git as well",
  };
}
