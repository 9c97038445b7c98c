import { visible } from "@holdfast/schemas";

/** Markup of ours. Text becomes markup here and nowhere else. */
export type Html = { readonly html: string };

type Part = string | number | Html | readonly Html[] | undefined;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** INVARIANT: whatever is put in is text, shown as the characters that it is, unless it was made here. */
export function html(markup: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const made = markup.map((text, at) => text + (at < parts.length ? written(parts[at]) : ""));
  return { html: made.join("") };
}

function written(part: Part): string {
  if (part === undefined) return "";
  if (typeof part === "number") return String(part);
  if (typeof part === "string") return visible(part).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
  return "html" in part ? part.html : part.map((each) => each.html).join("\n");
}
