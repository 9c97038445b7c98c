import { defineConfig } from "vitest/config";
import { mutate } from "./tests/mutate.ts";

// A mutated file is never kept: the cache of transformed files knows it by its text on the disk alone.
const isMutated = process.env["MUTATION"] !== undefined;

export default defineConfig({
  plugins: [mutate(() => process.env["MUTATION"])],
  test: {
    include: ["**/*.test.ts"],
    exclude: ["**/node_modules/**", "data/**"],
    globalSetup: ["tests/kafka/for-tests.ts"],
    testTimeout: 20_000,
    fsModuleCache: !isMutated,
  },
});
