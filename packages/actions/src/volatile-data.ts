import type { PodSpec } from "@holdfast/cluster";

/** What lives and dies with a pod. @param whose "the pod", "the stopped pods". */
export function volatileData(spec: PodSpec | null | undefined, whose: string): readonly string[] {
  const names = (spec?.volumes ?? []).flatMap((volume) =>
    typeof volume === "object" &&
    volume !== null &&
    "emptyDir" in volume &&
    "name" in volume &&
    typeof volume.name === "string"
      ? [volume.name]
      : [],
  );
  return names.map(
    (name) => `what ${whose} wrote to ${whose === "the pod" ? "its" : "their"} volume ${name} (emptyDir)`,
  );
}
