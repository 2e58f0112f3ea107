// Tests that need the machine for themselves (times are compared) or programs which are no packages of npm: exim, cron,
// sshd, sudo, fail2ban, rsyslog, journalctl, strace. They are skipped where these are not installed; in CI (.ci/run installs them) a skipped test is a failure, so that nothing is passed over in silence.
import { defineConfig } from "vitest/config";
import type { Reporter } from "vitest/node";

const nothingSkipped: Reporter = {
  onTestRunEnd(modules) {
    const skipped = modules.flatMap((module) => [...module.children.allTests("skipped")].map((test) => test.fullName));
    if (skipped.length === 0) return;
    console.error(`skipped, which CI does not allow:\n  ${skipped.join("\n  ")}`);
    process.exitCode = 1;
  },
};

export default defineConfig({
  test: {
    include: ["test/integration/**/*.test.ts"],
    globalSetup: ["test/cli/build.ts"],
    // One after the other: the linear-time test compares times, and the others start servers.
    fileParallelism: false,
    reporters: process.env.CI ? ["default", nothingSkipped] : ["default"],
  },
});
