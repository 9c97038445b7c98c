import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import type { TestProject } from "vitest/node";
import { kubelab, pathsOf, type Paths } from "./kubelab.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The running control plane, or null where this machine cannot have one. */
    readonly kube: Paths | null;
  }
}

/** Half the time of an optimised build, and the tests do not notice. */
const QUICK = "-gcflags=all=-N -l";

/** Starts the control plane once for all files, and stops it where it was not running before. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const paths = pathsOf(process.env);
  const missing = existsSync(paths.bin) ? undefined : whyNoBuild();
  if (missing !== undefined) {
    const says = `The tests on a real Kubernetes API cannot run: ${missing}`;
    if (process.env["CI"] !== undefined && process.env["CI"] !== "false") throw new Error(says);
    console.warn(
      `\n${"!".repeat(100)}\nSKIPPED. ${says}\nNothing here was held against a real API server.\n${"!".repeat(100)}\n`,
    );
    project.provide("kube", null);
    return undefined;
  }
  const lab = kubelab(paths);
  if (!existsSync(paths.bin)) {
    console.warn(`Building ${paths.bin}: 6 to 14 minutes on two cores, once a machine.`);
    await lab.run("build", QUICK);
  }
  const wasRunning = await lab.run("status").then(
    () => true,
    () => false,
  );
  await lab.run("start");
  project.provide("kube", paths);
  return async () => void (wasRunning || (await lab.run("stop")));
}

function whyNoBuild(): string | undefined {
  if (process.platform !== "linux") return `the control plane runs on Linux, and this is ${process.platform}.`;
  try {
    execFileSync("go", ["version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "there is no Go to build the control plane with. Install Go 1.26, or set KUBE_BIN to a binary that is built.";
  }
}
