import { fileURLToPath } from "node:url";
import type { Plugin } from "vitest/config";
import { MUTATIONS } from "./mutations.ts";
import { mutated, type Mutation } from "./mutations/mutation.ts";

/**
 * Takes one guard out of the code as its file is loaded; nothing on the disk changes. To see a mutation by yourself:
 * `MUTATION="its name" npx vitest run FILE -t TEST`.
 */
export function mutate(named: () => string | undefined): Plugin {
  return {
    name: "mutate",
    enforce: "pre",
    transform: (code, id) => {
      const name = named();
      const mutation = name === undefined ? undefined : mutationOf(name);
      return mutation === undefined || id !== pathOf(mutation.file)
        ? undefined
        : { code: mutated(code, mutation), map: null };
    },
  };
}

export function mutationOf(name: string): Mutation {
  const mutation = MUTATIONS.find(({ removes }) => removes === name);
  if (mutation === undefined) throw new Error(`No mutation is called "${name}". They stand in tests/mutations.`);
  return mutation;
}

export function pathOf(file: string): string {
  return fileURLToPath(new URL(`../${file}`, import.meta.url));
}
