import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/integration/**"],
    globalSetup: ["test/cli/build.ts"],
    // Most of them wait for processes of their own: one worker a core leaves the cores idle.
    maxWorkers: 3,
    // Slow machines are slow, not wrong.
    testTimeout: 60_000,
  },
});
