import { execFile } from "node:child_process";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

/** The script that runs a real control plane on this machine. */
export type Kubelab = {
  readonly bin: string;
  readonly data: string;
  readonly run: (...args: readonly string[]) => Promise<string>;
};

export type Paths = { readonly bin: string; readonly data: string };

const SCRIPT = join(import.meta.dirname, "../../scripts/kube/kube");
const RUN_MS_MAX = 30 * 60_000;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const execute = promisify(execFile);

/** Next to the script and in the working folder, where the environment names no other place. */
export function pathsOf({ KUBE_BIN, KUBE_DATA }: Readonly<Record<string, string | undefined>>): Paths {
  return { bin: resolve(KUBE_BIN ?? "scripts/kube/kubelab"), data: resolve(KUBE_DATA ?? ".kube") };
}

export function kubelab({ bin, data }: Paths): Kubelab {
  const env = { ...process.env, KUBE_BIN: bin, KUBE_DATA: data };
  return {
    bin,
    data,
    run: async (...args) =>
      (await execute(SCRIPT, args, { env, timeout: RUN_MS_MAX, maxBuffer: OUTPUT_BYTES_MAX })).stdout.trim(),
  };
}

/** Objects as a kubectl list: what is there is changed to it, what is not is made. */
export async function apply({ run, data }: Kubelab, objects: readonly unknown[]): Promise<void> {
  const { writeFile } = await import("node:fs/promises");
  const file = join(data, "apply.json");
  await writeFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
  await run("ctl", "apply", "-f", file);
}
