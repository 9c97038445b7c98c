import { defineConfig } from "vitest/config";

/** What needs a real API server. It stays out of `npm test`, because its binary takes minutes to build, once a machine. */
export default defineConfig({
  test: {
    include: ["tests/kube/**/*.kube.ts"],
    globalSetup: ["tests/kube/control-plane.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
});
