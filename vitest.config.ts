import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/integration/**"],
    globalSetup: ["test/cli/build.ts"],
    // Slow machines are slow, not wrong.
    testTimeout: 60_000,
  },
});
