import type { PodTemplate } from "@holdfast/cluster";
import { isRecord } from "./same-json.ts";

/** What lies outside the template and so does not come back with it, by name. */
export function notUndone(templates: readonly PodTemplate[]): readonly string[] {
  return [
    ...new Set(
      templates.flatMap((template) => [...references(template), ...migrations(template), ...movingTags(template)]),
    ),
  ].toSorted();
}

const REFERENCES: Readonly<Record<string, { readonly kind: string; readonly field: string }>> = {
  configMap: { kind: "ConfigMap", field: "name" },
  configMapRef: { kind: "ConfigMap", field: "name" },
  configMapKeyRef: { kind: "ConfigMap", field: "name" },
  secret: { kind: "Secret", field: "secretName" },
  secretRef: { kind: "Secret", field: "name" },
  secretKeyRef: { kind: "Secret", field: "name" },
  persistentVolumeClaim: { kind: "data in PersistentVolumeClaim", field: "claimName" },
};

/** Walks the whole template, because volumes, envFrom, env and projected sources all refer in the same words. */
function references(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(references);
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, each]) => {
    const known = Object.hasOwn(REFERENCES, key) ? REFERENCES[key] : undefined;
    const name = known && isRecord(each) ? (each[known.field] ?? each["name"]) : undefined;
    return known && typeof name === "string" ? [`${known.kind} ${name}`] : references(each);
  });
}

function migrations(template: PodTemplate): readonly string[] {
  return (template.spec?.initContainers ?? [])
    .filter((each) => /migrat/i.test(JSON.stringify(each)))
    .map((each) => `what init container ${each.name} did (migrations)`);
}

/** The same name may be other bytes by then. */
function movingTags(template: PodTemplate): readonly string[] {
  const images = [...(template.spec?.initContainers ?? []), ...(template.spec?.containers ?? [])].flatMap(
    (each) => each.image ?? [],
  );
  return images
    .filter((image) => !image.includes("@sha256:") && /^[^:]*$|:latest$/.test(image.split("/").at(-1) ?? ""))
    .map((image) => `image ${image} (its tag moves)`);
}
