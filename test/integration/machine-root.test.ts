// What a machine has is read without a word in the config: the real /, with /var/log changed for the run alone, in a mount
// namespace of its own. Skipped where that is not allowed.
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DAY, QuietMachine } from "../cli/quiet-machine.ts";
import { folder } from "../sources/logs.ts";
import { buildProgram, type Ended, withVarLog } from "./program.ts";

const runWith = withVarLog();
if (runWith === undefined) console.warn("skipped: no mount namespace can be made (run as root)");

const START = Date.parse("2023-12-14T12:00Z");

describe.skipIf(runWith === undefined)("without [[sources]]", () => {
  const program = runWith === undefined ? "" : buildProgram();

  function machine() {
    const quiet = new QuietMachine(folder(), START);
    const config = join(quiet.dir, "config.toml");
    writeFileSync(
      config,
      [
        'host = "mini"\ntime_zone = "Europe/Rome"\nstate.dir = "state"',
        '[mail]\nfrom = "logdigest@example.org"\nto = ["admin@example.org"]\ntransport = "maildir"',
        '[mail.maildir]\npath = "Maildir"\n',
      ].join("\n"),
    );
    const report = (at: number): Ended => {
      const args = ["report", "--config", config, "--now", new Date(at).toISOString()];
      return (runWith as NonNullable<typeof runWith>)(quiet.logs, [process.execPath, program, ...args]);
    };
    return { quiet, report, night: (night: number) => report(quiet.night(night, START + (night - 1) * DAY)) };
  }

  test("thirty quiet nights give no mail and no word", async () => {
    const { quiet, night } = machine();
    for (let count = 1; count <= 30; count++) {
      expect({ count, ...night(count), mails: await quiet.subjects() }).toEqual({
        count,
        status: 0,
        out: "",
        err: "",
        mails: [],
      });
    }
  }, 600_000);

  test("a log that was there and is gone is told every night until it is back", async () => {
    const { quiet, night } = machine();
    expect(night(1)).toEqual({ status: 0, out: "", err: "" });
    const [log, away] = [join(quiet.logs, "fail2ban.log"), join(quiet.dir, "away")];
    renameSync(log, away);
    expect([night(2), night(4)].map(({ status }) => status)).toEqual([66, 66]);
    renameSync(away, log);
    expect(night(5)).toEqual({ status: 0, out: "", err: "" });
    expect(await quiet.subjects()).toEqual([
      expect.stringContaining("1 log not read"),
      expect.stringContaining("1 log not read"),
    ]);
  }, 300_000);

  test("login logs that are gone are told by name", async () => {
    const { quiet, night, report } = machine();
    expect(night(1).status).toBe(0);
    for (const name of ["auth.log", "secure.log"]) renameSync(join(quiet.logs, name), join(quiet.dir, name));
    expect(report(Date.parse("2023-12-15T22:55:20Z"))).toEqual({ status: 66, out: "", err: "" });
    expect(await quiet.subjects()).toEqual([expect.stringContaining("2 logs not read")]);
  }, 300_000);

  test("a machine without a log of logins is told on its first night", async () => {
    const { quiet, report } = machine();
    for (const name of ["auth.log", "secure.log"]) {
      if (existsSync(join(quiet.logs, name))) renameSync(join(quiet.logs, name), join(quiet.dir, name));
    }
    mkdirSync(join(quiet.logs, "apt"));
    expect(report(START).status).toBe(66);
    expect(await quiet.subjects()).toEqual([expect.stringContaining("1 log not read")]);
  }, 300_000);
});
