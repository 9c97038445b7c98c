import { defineConfig } from "vitest/config";

/** What needs three brokers that are killed and paused. It stays out of `npm test`, because each file takes minutes. */
export default defineConfig({
  test: {
    include: ["**/*.kafka.ts"],
    exclude: ["**/node_modules/**", "data/**"],
    globalSetup: ["tests/kafka/for-tests.ts"],
    fileParallelism: false,
    testTimeout: 300_000,
    hookTimeout: 180_000,
  },
});
