import { createHash, randomBytes } from "node:crypto";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Who is on duty on the day of the board, and what Holdfast is set to. */
export type Staff = { readonly ben: string; readonly carol: string };

/** A copy of the shipped settings with two more people, a small purse, and an hour's budget that a day of minutes cannot reach. */
export function settings(folder: string): Staff {
  cpSync("config", folder, { recursive: true });
  const staff = { ben: token(), carol: token() };
  const approvers = Object.entries(staff).map(([subject, secret]) => ({
    subject,
    name: subject,
    roles: ["oncall"],
    tokenSha256: createHash("sha256").update(secret).digest("hex"),
  }));
  writeFileSync(join(folder, "approvers.yaml"), JSON.stringify({ approvers }));
  edited(folder, "limits.yaml", /(actionsPerTargetAndHour:) \d+/, "$1 1000");
  edited(folder, "models.yaml", /(perDay: .*usd:) [\d.]+/, "$1 1.2");
  return staff;
}

function token(): string {
  return randomBytes(24).toString("base64url");
}

function edited(folder: string, name: string, what: RegExp, by: string): void {
  const path = join(folder, name);
  const text = readFileSync(path, "utf8");
  if (!what.test(text)) throw new Error(`${name} has no ${what}`);
  writeFileSync(path, text.replace(what, by));
}
