import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { isTest, sources, workspaces, type Source } from "./sources.ts";

// Who may import whom. The authority is this table: what a folder may not reach, it cannot come to depend on.
// It reads text, so it is hygiene; what holds an attacker is the image and the credential of each process.

type Rule = {
  readonly name: string;
  /** The files under the rule, tests left out; `except` are those it does not bind. */
  readonly files: RegExp;
  readonly except?: RegExp;
  /** What they may not import: a folder of ours (`packages/bus`, `packages/bus/embedded`), a file of ours, or a package. */
  readonly imports?: RegExp;
  /** What they may not say. */
  readonly says?: RegExp;
  /** A file that breaks the rule: path and text. */
  readonly planted: readonly [path: string, text: string];
};

/** `preview` is triage's second entry: the command line may not import a service, so it runs what shows a request. */
const ENTRY =
  /(^|\/)main\.ts$|^services\/triage\/src\/preview\.ts$|^cli\/src\/(demo|topics|topics-screen|dead-letters)\.ts$|^scripts\//;
const OURS = "(schemas|packages|services|cli|console|sandbox|scripts|tests)/";

const LAYERS: readonly Rule[] = [
  {
    name: "schemas import nothing but avsc, uuid, node:crypto and node:fs",
    files: /^schemas\//,
    imports: /^(?!schemas\/|(avsc|uuid|node:crypto|node:fs)$)/,
    planted: ["schemas/src/x.ts", `import { bus } from "@holdfast/bus";`],
  },
  {
    name: "packages never import services",
    files: /^packages\//,
    imports: /^services\//,
    planted: ["packages/cluster/src/x.ts", `import type { App } from "@holdfast/policy/app";`],
  },
  {
    name: "the bus imports schemas alone",
    files: /^packages\/bus\//,
    imports: new RegExp(`^(?!packages/bus/|schemas/)${OURS}`),
    planted: ["packages/bus/src/x.ts", `import { log } from "@holdfast/service";`],
  },
  {
    name: "the guard knows neither bus nor cluster nor service",
    files: /^packages\/guard\//,
    imports: /^(packages\/(bus|cluster|service)|services)\//,
    planted: ["packages/guard/src/x.ts", `export type { Reads } from "@holdfast/cluster";`],
  },
  {
    name: "the actions know neither bus nor service",
    files: /^packages\/actions\//,
    imports: /^(packages\/(bus|service)|services)\//,
    planted: ["packages/actions/src/x.ts", `export { publish } from "@holdfast/bus";`],
  },
  {
    name: "the actions know the cluster's port by its types alone",
    files: /^packages\/actions\//,
    says: /^(import|export) (?!type\b)[^;]*["']@holdfast\/cluster/m,
    planted: ["packages/actions/src/x.ts", `import { open, type Reads } from "@holdfast/cluster";`],
  },
  {
    name: "the guard reads no file but in load.ts",
    files: /^packages\/guard\//,
    except: /\/load\.ts$/,
    imports: /^node:(fs|fs\/promises|http|https|net|child_process)$/,
    planted: ["packages/guard/src/x.ts", `import { readFileSync } from "node:fs";`],
  },
  {
    name: "the cluster knows no bus",
    files: /^packages\/cluster\//,
    imports: /^packages\/bus\//,
    planted: ["packages/cluster/src/x.ts", `import type { Bus } from "@holdfast/bus";`],
  },
  {
    name: "what every service runs on imports nothing of ours",
    files: /^packages\/service\//,
    imports: new RegExp(`^(?!packages/service/)${OURS}`),
    planted: ["packages/service/src/x.ts", `import type { Topic } from "@holdfast/schemas";`],
  },
  {
    name: "the format of the audit log stands alone, so that anybody can verify it",
    files: /^packages\/log\//,
    imports: new RegExp(`^(?!packages/log/|schemas/)${OURS}`),
    planted: ["packages/log/src/x.ts", `import { log } from "@holdfast/service";`],
  },
  {
    name: "the simulated cluster is only ever met over HTTP",
    files: /^sandbox\//,
    imports: /^(services|packages\/bus)\//,
    planted: ["sandbox/src/x.ts", `import { publish } from "@holdfast/bus";`],
  },
  {
    name: "nothing that runs in production imports the sandbox",
    files: /^(schemas|packages|services)\//,
    imports: /^sandbox\//,
    planted: ["services/policy/src/x.ts", `import { cluster } from "../../../sandbox/src/store.ts";`],
  },
  {
    name: "the command line and the console never import services",
    files: /^(cli|console)\//,
    imports: /^services\//,
    planted: ["cli/src/x.ts", `import type { Verdict } from "@holdfast/policy/app";`],
  },
  {
    name: "only entries choose a bus adapter",
    files: /./,
    except: new RegExp(`${ENTRY.source}|^packages/(bus|wiring)/`),
    imports: /^packages\/bus\/(src\/)?(embedded|kafka|faulty)/,
    planted: ["services/triage/src/app.ts", `import { openEmbedded } from "@holdfast/bus/embedded";`],
  },
  {
    name: "only entries are wired",
    files: /./,
    except: new RegExp(`${ENTRY.source}|^packages/(wiring|credential)/`),
    imports: /^packages\/(wiring|credential)\//,
    planted: ["services/triage/src/app.ts", `import { busOf } from "@holdfast/wiring";`],
  },
  {
    name: "only entries read the environment",
    files: /./,
    except: new RegExp(`${ENTRY.source}|^[^/]*$`),
    says: /\bprocess\s*(\.|\[["'])env\b|import\s*\{[^}]*\benv\b[^}]*\}\s*from\s*["'](node:)?process["']/,
    planted: ["services/executor/src/config.ts", `const key = process.env["HOLDFAST_KEY"];`],
  },
  {
    name: "no name for an import is computed, but in the loaders of a closed catalogue",
    files: /./,
    except:
      /^(packages\/actions\/src\/catalogue|services\/triage\/src\/(signatures|tools)|cli\/src\/doctor\/checks)\.ts$/,
    says: /\bimport\(\s*(?!["'][^"']*["']\s*[,)])/,
    planted: ["packages/cluster/src/x.ts", "const client = await import(`./${name}.ts`);"],
  },
  {
    name: "nothing is required",
    files: /./,
    says: /\brequire\(|\bcreateRequire\b/,
    planted: ["services/audit/src/x.ts", `const sql = require("node:sqlite");`],
  },
];

/** Each vendor's package, and the one place that knows it. */
const VENDORS: readonly (readonly [vendor: string, place: RegExp])[] = [
  ["kafkajs", /^packages\/bus\/src\/kafka/],
  ["@anthropic-ai/sdk", /^services\/triage\/src\/claude/],
  ["@kubernetes/client-node", /^(packages\/cluster|sandbox\/src\/testing)\//],
  ["undici", /^packages\/cluster\//],
  ["@cedar-policy/cedar-wasm", /^packages\/guard\//],
  ["avsc", /^schemas\//],
  ["pino", /^packages\/service\//],
  ["prom-client", /^packages\/service\//],
  ["@grafana/grafana-foundation-sdk", /^deploy\/grafana\//],
  ["express", /^(packages\/service|services\/(intake|approval|audit)|sandbox)\//],
];

const SERVICES = ["intake", "triage", "policy", "approval", "executor", "audit"] as const;

const RULES: readonly Rule[] = [
  ...LAYERS,
  ...SERVICES.map((service): Rule => ({
    name: `${service} imports no other service, types included`,
    files: new RegExp(`^services/${service}/`),
    imports: new RegExp(`^services/(?!${service}/)`),
    planted: [`services/${service}/src/x.ts`, `import type { App } from "../../other/src/app.ts";`],
  })),
  ...VENDORS.map(([vendor, place]): Rule => ({
    name: `${vendor} is known in one place`,
    files: /./,
    except: place,
    imports: new RegExp(`^${vendor}(/|$)`),
    planted: ["services/policy/src/x.ts", `import type { Thing } from "${vendor}/types";`],
  })),
];

const folders = workspaces();

/** A comment may say anything; a line that begins as one is not code. */
function code(text: string): string {
  return text.replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, "");
}

function importsOf(text: string): readonly string[] {
  const statements = text.matchAll(/^\s*(?:import|export)\b(?:[^"'`;]*?\bfrom\b)?\s*["']([^"']+)["']/gm);
  const expressions = text.matchAll(/\bimport\(\s*["']([^"']+)["']/g);
  return [...statements, ...expressions].map((match) => match[1] ?? "");
}

/** Where an import leads: a path in this project, or the package's own name. */
function target(from: string, specifier: string): string {
  if (specifier.startsWith(".")) return posix.join(posix.dirname(from), specifier);
  const name = specifier.split("/").slice(0, 2).join("/");
  const folder = folders.get(name);
  return folder === undefined ? specifier : `${folder}/${specifier.slice(name.length + 1)}`;
}

function workspaceOf(path: string): string {
  return [...folders.values()].find((folder) => path.startsWith(`${folder}/`)) ?? path.split("/")[0] ?? "";
}

function breaches(rule: Rule, { path, text }: Source): readonly string[] {
  if (isTest(path) || !rule.files.test(path) || rule.except?.test(path) === true) return [];
  const { imports, says } = rule;
  const spoken = says?.exec(code(text));
  const reached = imports === undefined ? [] : importsOf(code(text)).filter((name) => imports.test(target(path, name)));
  return [...reached, ...(spoken ? [spoken[0]] : [])].map((what) => `${path}: ${what}`);
}

/** The demo and the command line start what npm start starts, and scripts are no workspace that could export it. */
function isStart(path: string, name: string): boolean {
  return /^cli\/src\/(demo|main)\.ts$/.test(path) && name === "../../scripts/supervisor.ts";
}

/** By path, an import may not leave the workspace: what others may use of it is what its package.json exports. */
function strays({ path, text }: Source): readonly string[] {
  if (isTest(path) || /^vitest[.\w]*config\.ts$/.test(path)) return [];
  const relative = importsOf(code(text)).filter((name) => name.startsWith(".") && !isStart(path, name));
  return relative
    .filter((name) => workspaceOf(target(path, name)) !== workspaceOf(path))
    .map((name) => `${path}: ${name}`);
}

const all = sources();

test("there are files to check, in every workspace", () => {
  const empty = [...folders.values()].filter((folder) => !all.some(({ path }) => path.startsWith(`${folder}/`)));
  expect(folders.size).toBeGreaterThan(10);
  expect(empty).toEqual([]);
});

describe("the rule holds", () => {
  test.each(RULES)("$name", (rule) => {
    expect(all.flatMap((source) => breaches(rule, source))).toEqual([]);
  });

  test("no path leaves its own workspace", () => {
    expect(all.flatMap(strays)).toEqual([]);
  });
});

describe("the rule can fail", () => {
  test.each(RULES)("$name", (rule) => {
    const [path, text] = rule.planted;
    expect(breaches(rule, { path, text })).toHaveLength(1);
    expect(breaches(rule, { path, text: `// ${text}` })).toEqual([]);
  });

  test("no path leaves its own workspace", () => {
    const text = `import {\n  type A,\n  b,\n} from "../../triage/src/x.ts";`;
    expect(strays({ path: "services/policy/src/x.ts", text })).toHaveLength(1);
    expect(strays({ path: "services/policy/src/deep/x.ts", text: `import "../x.ts";` })).toEqual([]);
  });

  test.each([
    ["by name", `import { x } from "@holdfast/audit/app";`],
    ["by type", `import type { X } from "@holdfast/audit/app";`],
    ["by path", `import { x } from "../../audit/src/x.ts";`],
    ["over several lines", `import {\n  x,\n  y,\n} from "@holdfast/audit/app";`],
    ["for its effect", `import "@holdfast/audit/app";`],
    ["by passing it on", `export * from "@holdfast/audit/app";`],
    ["in an expression", `const audit = await import("@holdfast/audit/app");`],
    ["in a type expression", `type X = import("@holdfast/audit/app").X;`],
  ])("however it is imported: %s", (_how, text) => {
    const broken = RULES.filter((rule) => breaches(rule, { path: "services/policy/src/x.ts", text }).length > 0);
    expect(broken.map((rule) => rule.name)).toEqual(["policy imports no other service, types included"]);
  });
});
