import manifest from "../package.json" with { type: "json" };

/** The version of Holdfast: all its packages carry the same. */
export const VERSION: string = manifest.version;
