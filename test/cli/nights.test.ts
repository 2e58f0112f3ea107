// Scheduled runs one after the other: windows tile time, and nothing of a night is lost or told twice.
import { appendFileSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { simpleParser } from "mailparser";
import { describe, expect, test } from "vitest";
import { startMailServer } from "../deliver/mail-server.ts";
import { startScriptedServer } from "../deliver/scripted-server.ts";
import { logdigest, machine, toMaildir, toServer } from "./run.ts";

type Machine = ReturnType<typeof machine>;

/** A failed try by `user`, at that local time in November. */
const tryOf = (user: string, time: string) =>
  `2026-11-${time}+01:00 mini sshd[${100 + user.length}]: Failed password for ${user} from 203.0.113.9 port 4${user.length} ssh2\n`;
const quiet = (time: string) => `2026-11-${time}+01:00 mini cron[7]: (root) CMD (true)\n`;

function run(host: Machine, day: number | string, ...args: readonly string[]) {
  const now = typeof day === "number" ? `2026-11-${String(day).padStart(2, "0")}T23:55:20+01:00` : day;
  return logdigest(["report", "--config", host.config, "--now", now, ...args]);
}

/** The mails of a Maildir, oldest first, without the parts that every mail has. */
async function mailsOf(host: Machine) {
  const folder = join(host.dir, "Maildir/new");
  if (!existsSync(folder)) return [];
  const mails = await Promise.all(readdirSync(folder).map((name) => simpleParser(readFileSync(join(folder, name)))));
  return mails.sort((a, b) => (a.date?.getTime() ?? 0) - (b.date?.getTime() ?? 0));
}

async function subjectsOf(host: Machine) {
  return (await mailsOf(host)).map(({ subject }) => subject);
}

describe("windows tile time", () => {
  test("what happens between the tick and midnight belongs to the next night", async () => {
    const host = machine(
      quiet("18T23:40:00") + tryOf("amy", "19T10:00:00") + tryOf("brian", "19T23:57:00"),
      toMaildir(),
    );
    expect(await run(host, 19)).toEqual({ status: 0, out: "", err: "" });
    expect(await run(host, 20)).toEqual({ status: 0, out: "", err: "" });
    expect(await subjectsOf(host)).toEqual(["mini: 1 failure (Thu 19 Nov)", "mini: 1 failure (Fri 20 Nov)"]);
  });

  test("a second run of the same night tells nothing twice", async () => {
    const host = machine(quiet("18T23:40:00") + tryOf("amy", "19T10:00:00"), toMaildir());
    await run(host, 19);
    expect(await run(host, 19, "--verbose")).toEqual({
      status: 0,
      out: "",
      err: "nothing is due: this window was reported already\n",
    });
    expect(await subjectsOf(host)).toHaveLength(1);
  });

  test.each([
    { missed: 1, last: 14, subject: "mini: 2 failures (12-14 Nov)" },
    { missed: 3, last: 16, subject: "mini: 2 failures (12-16 Nov)" },
  ])("$missed missed nights are one digest, with the days apart", async ({ last, subject }) => {
    const log = quiet("11T23:40:00") + tryOf("amy", "13T10:00:00") + tryOf("brian", `${last}T10:00:00`);
    const host = machine(log, toMaildir());
    await run(host, 12);
    await run(host, last);
    expect(await subjectsOf(host)).toEqual([subject]);
    expect((await mailsOf(host))[0]?.text).toContain("Fri 13 Nov");
  });

  test("what lies further back than catch_up_days is named", async () => {
    const log = quiet("01T23:40:00") + tryOf("amy", "03T10:00:00") + tryOf("brian", "19T10:00:00");
    const host = machine(log, toMaildir());
    writeFileSync(host.config, `catch_up_days = 2\n${readFileSync(host.config, "utf8")}`);
    await run(host, 2);
    await run(host, 20);
    const [mail] = await mailsOf(host);
    expect(mail?.subject).toBe("mini: 1 warning, 1 failure (18-20 Nov)");
    expect(mail?.text).toContain("nothing was reported from 2026-11-02 23:55 to 2026-11-18 23:55");
  });

  test.each([
    ["an hour", "2026-11-19T22:55:20+01:00"],
    ["a day", "2026-11-18T23:55:20+01:00"],
  ])("a clock that is set back by %s makes no hole and no overlap", async (_, back) => {
    const log = quiet("18T23:40:00") + tryOf("amy", "19T10:00:00") + tryOf("brian", "20T10:00:00");
    const host = machine(log, toMaildir());
    await run(host, 19);
    expect(await run(host, back)).toEqual({ status: 0, out: "", err: "" });
    await run(host, 20);
    expect(await subjectsOf(host)).toEqual(["mini: 1 failure (Thu 19 Nov)", "mini: 1 failure (Fri 20 Nov)"]);
  });

  test("a clock that was years ahead is not waited for in silence", async () => {
    const host = machine(quiet("18T23:40:00"), toMaildir());
    await run(host, "2036-01-01T23:55:20+01:00");
    const { status, err } = await run(host, 19);
    expect({ status, err }).toEqual({
      status: 75,
      err: "logdigest: the last window ended 2036-01-01T22:55:00.000Z, which this machine's clock has not reached: nothing is reported until then (correct the clock; if it is right and was ahead that day, move state.db away, and the next run begins afresh)\n",
    });
  });

  test("a changed schedule begins where the last window ended", async () => {
    const log = quiet("18T23:40:00") + tryOf("amy", "19T23:57:00") + tryOf("brian", "20T06:00:00");
    const host = machine(log, toMaildir());
    await run(host, 19);
    writeFileSync(host.config, `schedule = "0 7 * * *"\n${readFileSync(host.config, "utf8")}`);
    await run(host, "2026-11-20T07:00:20+01:00");
    expect(await subjectsOf(host)).toEqual(["mini: 2 failures (Thu 19 Nov 23:55-07:00)"]);
  });

  test("a preview begins at the last completed end, and moves nothing", async () => {
    const host = machine(quiet("18T23:40:00") + tryOf("amy", "19T10:00:00"), toMaildir());
    await run(host, 19);
    appendFileSync(join(host.dir, "auth.log"), tryOf("brian", "20T06:00:00"));
    const before = readFileSync(join(host.dir, "state/state.db"));
    const { out } = await run(host, "2026-11-20T12:00:00+01:00", "--stdout");
    expect(out).toContain("19 Nov 23:55 – 20 Nov 12:00");
    expect(out).toContain("1 try from 1 address");
    expect(readFileSync(join(host.dir, "state/state.db"))).toEqual(before);
  });
});

describe("a log that was away", () => {
  test("is told every night, and read from where it was left when it is back", async () => {
    const host = machine(quiet("18T23:40:00") + quiet("19T10:00:00"), toMaildir());
    const log = join(host.dir, "auth.log");
    await run(host, 19);
    renameSync(log, join(host.dir, "gone"));
    expect((await run(host, 20)).status).toBe(66);
    expect((await run(host, 21)).status).toBe(66);
    writeFileSync(
      log,
      readFileSync(join(host.dir, "gone"), "utf8") + tryOf("amy", "20T10:00:00") + tryOf("brian", "22T10:00:00"),
    );
    expect((await run(host, 22)).status).toBe(0);
    expect(await subjectsOf(host)).toEqual([
      expect.stringContaining("1 log not read (Fri 20 Nov)"),
      expect.stringContaining("1 log not read (Sat 21 Nov)"),
      "mini: 2 failures (Sun 22 Nov)",
    ]);
  });

  test("a line that was written late is counted once, by the run that sees it first", async () => {
    const host = machine(quiet("18T23:40:00") + quiet("19T23:54:00"), toMaildir());
    const log = join(host.dir, "auth.log");
    await run(host, 19);
    appendFileSync(log, tryOf("amy", "19T23:50:00") + quiet("20T23:00:00"));
    await run(host, 20);
    appendFileSync(log, quiet("21T23:00:00"));
    await run(host, 21);
    const mails = await mailsOf(host);
    expect(mails.map(({ subject }) => subject)).toEqual(["mini: 1 failure (Fri 20 Nov)"]);
    expect(mails[0]?.text).toContain("1 event was written after the last run had read up to there: counted now");
  });

  test("a log whose past was rewritten is named", async () => {
    const host = machine(quiet("18T23:40:00") + tryOf("amy", "19T10:00:00") + quiet("19T23:00:00"), toMaildir());
    await run(host, 19);
    writeFileSync(join(host.dir, "auth.log"), quiet("18T23:40:00") + quiet("20T23:00:00"));
    expect((await run(host, 20)).status).toBe(65);
    expect((await mailsOf(host)).at(-1)?.subject).toContain("1 log incomplete");
  });
});

describe("mail that cannot leave", () => {
  test("waits, and leaves with the next run: the same message", async () => {
    const { port, received } = await startMailServer();
    const dead = await startScriptedServer("421 4.3.2 going down", () => "421 4.3.2 going down");
    const host = machine(quiet("18T23:40:00") + tryOf("amy", "19T10:00:00"), toServer(dead.port));
    const { status, err } = await run(host, 19);
    expect(status).toBe(75);
    expect(err).toMatch(
      /^logdigest: not sent to admin@example.org, ops@example.org: .*\(kept as 1: logdigest outbox list\)\n$/,
    );
    const listed = await logdigest(["outbox", "list", "--config", host.config, "--format", "json"]);
    expect(JSON.parse(listed.out)).toMatchObject({
      id: 1,
      channel: "mail",
      subject: "mini: 1 failure (Thu 19 Nov)",
      recipients: [
        { to: "admin@example.org", state: "waiting" },
        { to: "ops@example.org", state: "waiting" },
      ],
    });
    writeFileSync(host.config, readFileSync(host.config, "utf8").replace(String(dead.port), String(port)));
    expect(await run(host, 20)).toEqual({ status: 0, out: "", err: "" });
    expect(received.map(({ raw, to }) => [to, /^Subject: (.*)/m.exec(raw.toString())?.[1]?.trim()])).toEqual([
      [["admin@example.org", "ops@example.org"], "mini: 1 failure (Thu 19 Nov)"],
    ]);
    expect((await logdigest(["outbox", "list", "--config", host.config])).out).toBe("");
  });

  test("is one short line on standard error, however much of it there is", async () => {
    const tries = [1, 2, 3, 4, 5].map((hour) => tryOf("amy", `19T0${hour}:30:00`)).join("");
    const host = machine(quiet("18T23:40:00") + tries, toServer(1, 'user = "u"\npassword_env = "NOT_SET"'));
    writeFileSync(host.config, `schedule = "@hourly"\n${readFileSync(host.config, "utf8")}`);
    for (const hour of [2, 3, 4, 5]) await run(host, `2026-11-19T0${hour}:00:20+01:00`);
    const { status, err } = await run(host, "2026-11-19T06:00:20+01:00");
    expect(status).toBe(78);
    expect(err).toMatch(/^logdigest: not sent to [^;]* \(kept as \d, \d, \d and 2 more: logdigest outbox list\)\n$/);
  });

  test("a refused message is kept, told in the next digest, and dropped by hand", async () => {
    const refusing = await startScriptedServer("220 ready", (line) => {
      if (line.startsWith("RCPT")) return "550 5.1.1 no such user";
      return line.startsWith("QUIT") ? "221 bye" : "250 ok";
    });
    const host = machine(quiet("18T23:40:00") + tryOf("amy", "19T10:00:00"), toServer(refusing.port));
    expect((await run(host, 19)).status).toBe(69);
    const { out } = await run(host, "2026-11-20T12:00:00+01:00", "--stdout");
    expect(out).not.toContain("could not be delivered");
    writeFileSync(host.config, readFileSync(host.config, "utf8").replace(/\[mail\][\s\S]*/, toMaildir()));
    expect((await run(host, 20)).status).toBe(0);
    const [mail] = await mailsOf(host);
    expect(mail?.subject).toBe("mini: 1 warning (Fri 20 Nov)");
    expect(mail?.text).toContain("1 message could not be delivered");
    expect((await run(host, 21)).status).toBe(0);
    expect(await mailsOf(host)).toHaveLength(1);
    expect((await logdigest(["outbox", "drop", "1", "--config", host.config])).status).toBe(0);
    expect(await logdigest(["outbox", "drop", "1", "--config", host.config])).toEqual({
      status: 64,
      out: "",
      err: "logdigest: the outbox has no message 1 (logdigest outbox list)\n",
    });
  });
});

describe("a state that cannot be used", () => {
  test("is named, and the night is reported all the same", async () => {
    const host = machine(quiet("18T23:40:00") + tryOf("amy", "19T10:00:00"), toMaildir());
    await run(host, 18);
    const database = join(host.dir, "state/state.db");
    rmSync(join(host.dir, "Maildir"), { recursive: true, force: true });
    writeFileSync(database, "no database at all, but long enough to look at ".repeat(100));
    const { status, err } = await run(host, 19);
    expect(status).toBe(73);
    expect(err).toContain(database);
    const [mail] = await mailsOf(host);
    expect(mail?.subject).toBe("mini: 1 warning, 1 failure (Thu 19 Nov)");
    expect(mail?.text).toContain("the state cannot be used");
    expect(readFileSync(database, "utf8")).toContain("no database at all");
  });

  test("serves one config: two that take turns are named, because each would report what is left of the other", async () => {
    const host = machine(quiet("14T23:40:00") + tryOf("amy", "19T10:00:00"), toMaildir());
    const other = { ...host, config: join(host.dir, "logins.toml") };
    writeFileSync(other.config, `schedule = "*/5 * * * *"\n${readFileSync(host.config, "utf8")}`);
    // A config that was moved, and one that was tried out once, are nothing to speak of.
    for (const { config } of [host, other, host]) {
      expect((await run({ ...host, config }, 15)).status).toBe(0);
    }
    await run(other, 16);
    const { status, err } = await run(host, 17);
    expect(status).toBe(78);
    expect(err).toContain(`${host.config} and ${other.config} take turns with the state in ${join(host.dir, "state")}`);
    expect((await mailsOf(host))[0]?.subject).toBe("mini: 1 warning (Tue 17 Nov)");
  });

  test("is locked by one run at a time: the others end at once", async () => {
    const host = machine(quiet("18T23:40:00") + tryOf("amy", "19T10:00:00"), toMaildir());
    const ended = await Promise.all(Array.from({ length: 6 }, () => run(host, 19)));
    const statuses = ended.map(({ status }) => status).sort();
    expect(statuses.filter((status) => status !== 75 && status !== 0)).toEqual([]);
    expect(await mailsOf(host)).toHaveLength(1);
  });
});
