import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** What the real API server wrote down about each request of a person or of Holdfast. */

export type Audited = {
  readonly user: string;
  readonly userAgent: string;
  readonly verb: string;
  readonly uri: string;
  readonly code: number;
  readonly isDry: boolean;
};

type Line = {
  readonly user?: { readonly username?: string };
  readonly userAgent?: string;
  readonly verb?: string;
  readonly requestURI?: string;
  readonly responseStatus?: { readonly code?: number };
  readonly requestObject?: { readonly dryRun?: readonly string[] } | readonly unknown[];
};

const fileIn = (data: string): string => join(data, "audit.log");

export function sizeNow(data: string): number {
  return statSync(fileIn(data)).size;
}

/** Every request whose line came after so many bytes. */
export function requestsSince(data: string, since: number): readonly Audited[] {
  const lines = readFileSync(fileIn(data)).subarray(since).toString("utf8").split("\n");
  return lines.flatMap((line) => (line.endsWith("}") ? [audited(JSON.parse(line) as Line)] : [])); // the last may still be written
}

function audited({ user, userAgent = "", verb = "", requestURI = "", responseStatus, requestObject }: Line): Audited {
  const inBody =
    requestObject !== undefined && "dryRun" in requestObject && requestObject.dryRun?.includes("All") === true;
  return {
    user: user?.username ?? "",
    userAgent,
    verb,
    uri: requestURI,
    code: responseStatus?.code ?? 0,
    isDry: inBody || requestURI.includes("dryRun=All"),
  };
}
