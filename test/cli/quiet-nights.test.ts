// A quiet, healthy machine gets no mail: thirty scheduled runs in a row, with logs that are rotated between them.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DAY, MINUTE, QuietMachine, wallTime } from "./quiet-machine.ts";
import { folder, logdigest, toMaildir } from "./run.ts";

describe("thirty quiet nights", () => {
  test.concurrent.each([
    { name: "over New Year", first: "2023-12-14" },
    { name: "over the night that is an hour longer", first: "2024-10-10" },
  ])(
    "give no mail and no word, and the one after them tells what happened: $name",
    async ({ first }) => {
      const start = Date.parse(`${first}T12:00Z`);
      const machine = new QuietMachine(folder(), start);
      const config = join(machine.dir, "config.toml");
      const sources = ["auth.log", "syslog", "secure.log", "ipfw.log", "fail2ban.log", "ufw.log"].map(
        (name) => `[[sources]]\npath = "log/${name}"\n${name === "ufw.log" ? "optional = true\n" : ""}`,
      );
      writeFileSync(
        config,
        `host = "mini"\ntime_zone = "Europe/Rome"\nstate.dir = "state"\n${sources.join("")}${toMaildir()}`,
      );
      const report = (at: number) => logdigest(["report", "--config", config, "--now", new Date(at).toISOString()]);
      for (let night = 1; night <= 30; night++) {
        const ended = await report(machine.night(night, start + (night - 1) * DAY));
        expect({ night, ...ended, mails: await machine.subjects() }).toEqual({
          night,
          status: 0,
          out: "",
          err: "",
          mails: [],
        });
      }
      const noon = start + 30 * DAY;
      machine.goOn(wallTime(noon, "09:00"), true);
      const failure = "sshd[411]: Failed password for root from 203.0.113.9 port 4711 ssh2";
      machine.write("auth.log", wallTime(noon, "09:01"), failure);
      machine.goOn(wallTime(noon, "23:55"), true);
      expect(await report(wallTime(noon, "23:55") + MINUTE / 3)).toEqual({ status: 0, out: "", err: "" });
      expect(await machine.subjects()).toEqual([expect.stringMatching(/^mini: 1 failure \(/)]);
    },
    600_000,
  );
});
