import { RESOURCES } from "../resources.ts";
import { json } from "./request.ts";
import type { Answer } from "./request.ts";

const VERBS = ["create", "delete", "get", "list", "patch", "watch"];

/** What is served, and by whom. `undefined` for every other path. */
export function discover(path: string): Answer | undefined {
  const at = path.replace(/\/$/, "");
  if (at === "/version")
    return json(200, { major: "1", minor: "36", gitVersion: "v1.36.4+holdfast-sandbox", platform: "simulated" });
  if (at === "/api") return json(200, { kind: "APIVersions", versions: ["v1"] });
  if (at === "/apis") return json(200, { kind: "APIGroupList", apiVersion: "v1", groups: groups() });
  const [, group = "", version] = /^\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(at) ?? [];
  const served = RESOURCES.filter((r) => r.group === group && r.version === version);
  if (served.length === 0) return undefined;
  const resources = served.flatMap((r) => [
    { name: r.plural, singularName: r.kind.toLowerCase(), namespaced: r.namespaced, kind: r.kind, verbs: VERBS },
    ...r.subresources.map((sub) => ({
      name: `${r.plural}/${sub}`,
      singularName: "",
      namespaced: r.namespaced,
      kind: r.kind,
      verbs: ["get"],
    })),
  ]);
  const groupVersion = group === "" ? version : `${group}/${version ?? ""}`;
  return json(200, { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources });
}

function groups(): object[] {
  const served = new Map(RESOURCES.filter((r) => r.group !== "").map((r) => [r.group, r.version]));
  served.set("authorization.k8s.io", "v1");
  served.set("authentication.k8s.io", "v1");
  return [...served].map(([name, version]) => {
    const one = { groupVersion: `${name}/${version}`, version };
    return { name, versions: [one], preferredVersion: one };
  });
}
