import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Event } from "../../src/events/event.ts";
import { dispatch } from "../../src/parsers/index.ts";
import { parseLines } from "../../src/parsers/parse-lines.ts";
import type { Unread } from "../../src/parsers/read-event.ts";
import { Shapes, shapeOf } from "../../src/parsers/shapes.ts";
import { bytesOf, LOOKAHEAD } from "../../src/sources/bytes.ts";
import type { Batch } from "../../src/sources/source.ts";
import { newLedger } from "../../src/sources/source.ts";
import { lineClock } from "../../src/window/line-clock.ts";
import { zoneClock } from "../../src/window/zone.ts";

const FAILED = "Failed password for root from 203.0.113.7 port 40001 ssh2";
const ACCEPTED = "Accepted password for alice from 192.0.2.10 port 40002 ssh2";
const DAY = { leadIn: Date.UTC(2026, 10, 18), from: Date.UTC(2026, 10, 19), to: Date.UTC(2026, 10, 20) };

interface Reading {
  readonly keepUndated?: boolean;
  readonly perBatch?: number;
  readonly span?: typeof DAY;
  readonly zone?: string;
  readonly explained?: boolean;
}

/** Reads files, each in batches of so many lines. */
async function reading(
  files: Readonly<Record<string, readonly string[]>>,
  { keepUndated = false, perBatch = 100, span = DAY, zone = "UTC", explained = true }: Reading = {},
) {
  const ledger = newLedger("x", true);
  const events: Event[] = [];
  const unread: Unread[] = [];
  const read = parseLines(batchesOf(files, perBatch, zone, span.to + 86_400_000), {
    dispatch,
    span,
    ledger,
    host: undefined,
    keepUndated,
    explain: explained ? (each) => void unread.push(each) : undefined,
  });
  for await (const batch of read) for (const { event } of batch) events.push(event);
  return { ledger, unread, events, told: events.map(({ kind, repeat, head: { line } }) => [line, kind, repeat]) };
}

async function* batchesOf(
  files: Readonly<Record<string, readonly string[]>>,
  perBatch: number,
  zone: string,
  newest: number,
): AsyncGenerator<Batch> {
  for (const [file, lines] of Object.entries(files)) {
    const clock = lineClock(zoneClock(zone), newest);
    for (let first = 0; first < lines.length; first += perBatch) {
      const part = lines.slice(first, first + perBatch).map((line) => Buffer.from(line).toString("latin1"));
      const starts = new Uint32Array(part.length);
      const ends = new Uint32Array(part.length);
      let text = "";
      part.forEach((line, i) => {
        starts[i] = text.length;
        ends[i] = text.length + line.length;
        text += `${line}\n`;
      });
      const bytes = bytesOf(Buffer.from(text + "\0".repeat(LOOKAHEAD), "latin1"));
      yield { file, text, bytes, starts, ends, count: part.length, firstLine: first + 1, clock };
    }
  }
}

const at = (time: string, rest: string) => `Nov 19 ${time} web ${rest}`;
const fail = (time: string, pid = 1) => at(time, `sshd[${pid}]: ${FAILED}`);

describe("repeat lines", () => {
  test.each([
    [
      "with a host",
      [fail("01:00:00"), at("01:00:30", "last message repeated 3 times")],
      [
        [1, "login.failure", 1],
        [2, "login.failure", 3],
      ],
    ],
    [
      "of macOS",
      [fail("01:00:00"), "Nov 19 01:00:30 --- last message repeated 1 time ---"],
      [
        [1, "login.failure", 1],
        [2, "login.failure", 1],
      ],
    ],
    [
      "of FreeBSD",
      [fail("01:00:00"), at("01:00:30", "syslogd: last message repeated 2 times")],
      [
        [1, "login.failure", 1],
        [2, "login.failure", 2],
      ],
    ],
    ["of rsyslog", [at("01:00:00", `sshd[1]: message repeated 5 times: [ ${FAILED}]`)], [[1, "login.failure", 5]]],
    [
      "one after the other",
      [
        fail("01:00:00"),
        at("01:00:30", "last message repeated 2 times"),
        at("01:10:30", "last message repeated 3 times"),
      ],
      [
        [1, "login.failure", 1],
        [2, "login.failure", 2],
        [3, "login.failure", 3],
      ],
    ],
    [
      "of a line that is nobody's",
      [fail("01:00:00"), at("01:00:01", "cron[1]: x"), at("01:00:30", "last message repeated 3 times")],
      [[1, "login.failure", 1]],
    ],
    ["of nothing", [at("01:00:30", "last message repeated 3 times")], []],
    [
      "under another program's tag",
      [fail("01:00:00"), at("01:00:30", "cron[1]: last message repeated 3 times")],
      [[1, "login.failure", 1]],
    ],
    [
      "without a number",
      [fail("01:00:00"), at("01:00:30", "last message repeated x times")],
      [[1, "login.failure", 1]],
    ],
    [
      "of a flood",
      [fail("01:00:00"), at("01:00:30", "last message repeated 99999999 times")],
      [
        [1, "login.failure", 1],
        [2, "login.failure", 100_000],
      ],
    ],
    [
      "that only look like one, from a program called last",
      [fail("01:00:00"), at("01:00:30", "last: 3 times"), at("01:00:31", "last[7]: last message repeated 2 times")],
      [[1, "login.failure", 1]],
    ],
    [
      "in a user's name",
      [at("01:00:00", "sshd[1]: Invalid user message repeated 9 times: [ x] from 203.0.113.7 port 1")],
      [[1, "login.invalid-user", 1]],
    ],
  ])("%s", async (_, lines, told) => {
    expect((await reading({ "auth.log": lines })).told).toEqual(told);
    expect((await reading({ "auth.log": lines }, { perBatch: 1 })).told).toEqual(told);
  });

  test("the first line behind a rotation speaks of the last one before it", async () => {
    const repeat = at("00:30:01", "last message repeated 4 times");
    const { events } = await reading({ "auth.log.1": [fail("00:29:59")], "auth.log": [repeat, repeat] });
    expect(events.map(({ repeat, head }) => [head.file, head.line, repeat])).toEqual([
      ["auth.log.1", 1, 1],
      ["auth.log", 1, 4],
      ["auth.log", 2, 4],
    ]);
    const later = await reading({ "auth.log.1": [fail("00:29:59")], "auth.log": ["", repeat] });
    expect(later.events).toHaveLength(1);
  });
});

describe("the order of all lines", () => {
  const span = { leadIn: Date.UTC(2026, 9, 24), from: Date.UTC(2026, 9, 25), to: Date.UTC(2026, 9, 26) };

  test("tells which pass of a repeated hour a login is in, also by lines that nobody parses", async () => {
    const { events } = await reading(
      {
        x: [
          "Oct 25 02:50:00 web CRON[1]: (root) CMD (true)",
          "Oct 25 02:05:00 web CRON[2]: (root) CMD (true)",
          `Oct 25 02:55:00 web sshd[3]: ${ACCEPTED}`,
          "Oct 25 03:10:00 web CRON[4]: (root) CMD (true)",
        ],
      },
      { span, zone: "Europe/Berlin", explained: false },
    );
    expect(events.map(({ head }) => new Date(head.at ?? 0).toISOString())).toEqual(["2026-10-25T01:55:00.000Z"]);
  });

  test("tells it by a line that begins like one of a known program, too", async () => {
    const { events } = await reading(
      {
        x: [
          `Oct 25 02:50:00 web sshd[1]: ${FAILED}`,
          JSON.stringify({
            MESSAGE: FAILED,
            SYSLOG_IDENTIFIER: "sshd",
            __REALTIME_TIMESTAMP: `${Date.UTC(2026, 9, 25, 0, 10)}000`,
          }),
          "Oct 25 02:50:05 web nobody[3]: x",
          `Oct 25 02:40:00 web sshd[4]: ${ACCEPTED}`,
        ],
      },
      { span, zone: "Europe/Berlin", explained: false },
    );
    expect(new Date(events.at(-1)?.head.at ?? 0).toISOString()).toBe("2026-10-25T01:40:00.000Z");
  });
});

describe("lines without a time", () => {
  test("go on with the line before them: no event, and blank ones are expected", async () => {
    const lines = [at("01:00:00", "app[1]: Traceback"), "  File x", `web sshd[2]: ${FAILED}`, "", fail("01:00:01")];
    const { told, ledger } = await reading({ "auth.log": lines }, { keepUndated: true });
    expect(told).toEqual([[5, "login.failure", 1]]);
    expect(ledger.undated).toBe(1);
  });

  test("are read by `parse` where no line has one, but never a login", async () => {
    const lines = [`web sshd[1]: ${FAILED}`, `sshd[2]: ${FAILED}`, `web sshd[3]: ${ACCEPTED}`];
    const { told, events } = await reading({ x: lines }, { keepUndated: true });
    expect(told).toEqual([
      [1, "login.failure", 1],
      [2, "login.failure", 1],
    ]);
    expect(events.every(({ head }) => head.at === null)).toBe(true);
    expect((await reading({ x: lines })).events).toEqual([]);
  });

  test("a date that is none is undated, not guessed", async () => {
    const { told, ledger } = await reading({ x: ["Nov 31 01:00:00 web sshd[1]: x", fail("01:00:00")] });
    expect(told).toEqual([[2, "login.failure", 1]]);
    expect(ledger.undated).toBe(1);
  });

  test("what log show and journalctl print around a log is not counted", async () => {
    const lines = ["-- Journal begins at x --", "Timestamp   x", 'Filtering the log data using "x"', fail("01:00:00")];
    expect((await reading({ x: lines })).ledger.undated).toBe(0);
  });
});

describe("a file that sshd writes itself", () => {
  const forged = at("01:00:00", `sshd[9]: ${ACCEPTED}`);
  const lines = ["Invalid user z", forged, "q from 203.0.113.7 port 35497"];

  test.each([1, 2, 100])("lets nobody in, read in batches of %i lines", async (perBatch) => {
    const { told, ledger } = await reading({ "sshd.log": lines }, { keepUndated: true, perBatch });
    // A line at a time cannot know what comes; a batch is 64 KiB.
    if (perBatch > 2) expect(told).toEqual([]);
    if (perBatch > 2) expect(ledger.status).toBe("unrecognised");
  });

  test("says that a login was not believed", async () => {
    const { ledger } = await reading({ "sshd.log": lines });
    expect(ledger.notes.join()).toContain("1 login was not believed");
  });

  test("names no one by a line that names its program among lines that do not", async () => {
    const { told } = await reading(
      { x: ["Invalid user z", `web sshd[1]: ${FAILED}`, "q from x port 1"] },
      { keepUndated: true },
    );
    expect(told).toEqual([]);
  });

  test("a syslog with a few stray lines still tells of its logins", async () => {
    const { told } = await reading({ x: ["half a line", forged, "  goes on", "  and on"] });
    expect(told).toEqual([[2, "login.success", 1]]);
  });

  test("sshd -e under journald, where every line is a record", async () => {
    const record = (transport: string) =>
      JSON.stringify({
        MESSAGE: ACCEPTED,
        _COMM: "sshd",
        SYSLOG_IDENTIFIER: "sshd",
        _TRANSPORT: transport,
        __REALTIME_TIMESTAMP: "1795058047123456",
      });
    const { told, ledger } = await reading({ x: [record("stdout"), record("syslog")] });
    expect(told).toEqual([[2, "login.success", 1]]);
    expect(ledger.status).toBe("unrecognised");
  });
});

describe("only the tag says whose line it is", () => {
  test.each([
    at("01:00:00", `app[1]: sshd[2]: ${ACCEPTED}`),
    at("01:00:00", `app: Nov 19 01:00:00 web sshd[2]: ${ACCEPTED}`),
    at("01:00:00", `my-sshd[2]: ${ACCEPTED}`),
    at("01:00:00", `sshd-like[2]: ${ACCEPTED}`),
    at("01:00:00", `app sshd[2]: ${ACCEPTED}`),
    `<30>1 2026-11-19T01:00:00Z web app 1 - [x app="sshd"] ${ACCEPTED}`,
    `<30>1 2026-11-19T01:00:00Z web app 1 - - sshd[2]: ${ACCEPTED}`,
    `2026-11-19 01:00:00.123456+0000 localhost app[1]: (sshd) [com.x:y] ${ACCEPTED}`,
    `2026-11-19 01:00:00.123456+0000 localhost sshd[1]: (libx.dylib) ${ACCEPTED}`,
    `2026-11-19 01:00:00.123 Df app[1:2] sshd[1:2] ${ACCEPTED}`,
    JSON.stringify({
      MESSAGE: `x\nsshd[1]: ${ACCEPTED}`,
      SYSLOG_IDENTIFIER: "sshd",
      __REALTIME_TIMESTAMP: "1795058047123456",
    }),
    JSON.stringify({ MESSAGE: ACCEPTED, SYSLOG_IDENTIFIER: "app", __REALTIME_TIMESTAMP: "1795058047123456" }),
  ])("%s", async (line) =>
    expect((await reading({ x: [line, fail("02:00:00")] })).told).toEqual([[2, "login.failure", 1]]),
  );
});

describe("the ledger", () => {
  test.each([
    ["rsyslog", at("01:00:00", "rsyslogd: imuxsock lost 51 messages from pid 3461 due to rate-limiting"), ["all"]],
    ["journald", at("01:00:00", "systemd-journald[1]: Suppressed 71 messages from ssh.service"), ["login"]],
    ["ipfw", "Nov 19 01:00:00 mini ipfw: limit 100 reached on entry 65000", ["firewall"]],
    ["macOS", '{"eventType":"lossEvent","timestamp":"2026-11-19 01:00:00.123456+0000","eventMessage":"x"}', ["all"]],
    ["the day before", "Nov 18 01:00:00 mini ipfw: limit 100 reached on entry 65000", []],
    ["a quotation", at("01:00:00", "app: imuxsock lost 51 messages from pid 3461 due to rate-limiting"), []],
  ])("knows what was dropped: %s", async (_, line, dropped) => {
    expect([...(await reading({ x: [line] })).ledger.dropped]).toEqual(dropped);
  });

  test("knows a machine by what a library writes there", async () => {
    const line = `2026-11-19 01:00:00.123456+0000  mini sshd[12]: (libsystem.dylib) ${FAILED}`;
    const { events, ledger } = await reading({ x: [line, line.replace("-19 ", "-21 ")] });
    expect(events).toEqual([]);
    expect([...ledger.hosts]).toEqual([["mini", 1]]);
  });

  test("counts the lines of the window, in JSON too", async () => {
    const record = (second: number) =>
      JSON.stringify({
        MESSAGE: "x",
        SYSLOG_IDENTIFIER: "x",
        __REALTIME_TIMESTAMP: `${DAY.from / 1000 + second}000000`,
      });
    const { ledger } = await reading({ x: [record(-5), record(5), record(10)] });
    expect([ledger.inWindow, ledger.undated, ledger.first, ledger.last]).toEqual([
      2,
      0,
      DAY.from - 5000,
      DAY.from + 10_000,
    ]);
  });

  test("events of the lead-in are passed on and not counted", async () => {
    const { events, ledger } = await reading({
      x: [`Nov 18 23:59:59 web sshd[1]: ${FAILED}`, fail("00:00:00"), `Nov 20 00:00:00 web sshd[1]: ${FAILED}`],
    });
    expect([events.length, ledger.events]).toEqual([2, 1]);
  });
});

describe("what nothing recognised", () => {
  test("is told with its program and why", async () => {
    const { unread } = await reading({
      x: [
        at("01:00:00", "myapp[1]: hello 7"),
        "no time",
        at("01:00:01", "sshd[1]: what is this"),
        fail("01:00:02"),
        "  goes on",
        at("01:00:03", "alone"),
      ],
    });
    expect(unread.map(({ line, program, why, text }) => [line, program, why, text])).toEqual([
      [1, "myapp", "no rules for this program", "hello 7"],
      [2, "", "no time stamp", "no time"],
      [3, "sshd", "not recognised", "what is this"],
      [6, "", "no program", at("01:00:03", "alone")],
    ]);
  });

  test.each([
    ["Connection from 203.0.113.7 port 40001", "Connection from <address> port <n>"],
    ["from 2001:db8::1%eth0 and ::1 at 03:14:07", "from <address> and <address> at <time>"],
    ["user \"alice\" said 'no', it isn't", "user <quoted> said <quoted>, it isn't"],
    ["key SHA256:AbC+/9 id 0x7fae6a51b400 of 21CD598F-85AA-4379-8A99-94E27126C666", "key <hash> id <n> of <n>"],
    ["v1.2.3 took 12.5 ms", "v<n> took <n> ms"],
  ])("%s has the shape %s", (text, shape) => expect(shapeOf(text)).toBe(shape));

  test("shapes are bounded and sorted, and keep one sample", () => {
    const shapes = new Shapes();
    const unread = (text: string, line: number): Unread => ({
      file: "x",
      line,
      program: "p",
      why: "not recognised",
      text,
    });
    for (let i = 0; i < 5000; i++)
      shapes.add(
        unread(
          `word ${"abcdefghij"[i % 10]}${"klmnopqrst"[((i / 10) % 10) | 0]}${"uvwxyzABCD"[((i / 100) % 10) | 0]}${i < 2500 ? "" : "E"}`,
          i,
        ),
      );
    shapes.add(unread("seen 1 time", 9));
    const sorted = shapes.sorted();
    expect(sorted).toHaveLength(1001);
    expect([sorted[0]?.shape, sorted[0]?.count]).toEqual([undefined, expect.any(Number)]);
    expect(sorted.reduce((sum, { count }) => sum + count, 0)).toBe(5001);
  });
});

describe("a line that begins like the one before it", () => {
  const OF_PAM = "pam_unix(sshd:session): session opened for user alice";

  test.each([
    ["two blanks before a module", "Nov 19 03:14:07 web ", `nobody[3]:  ${OF_PAM}`],
    ["a tag that is too long for a module's", "Nov 19 03:14:07 web ", `${"nobody".repeat(12)}[3]: ${OF_PAM}`],
    ["no name before a module", "Nov 19 03:14:07 web ", `[3]: ${OF_PAM}`],
    ["a name that is filled up with blanks", "2026-11-19 03:14:07,250 ", `nobody   [3]: ${OF_PAM}`],
    ["a machine where others have none", "2026-11-19T03:14:07,250 <4.6> ", `sshd   [3]: ${FAILED}`],
  ])("says nothing that it would not say alone: %s", async (_, opening, line) => {
    const { told } = await reading({ x: [`${opening}sshd[2]: ${FAILED}`, opening + line] }, { explained: false });
    expect(told).toEqual([[1, "login.failure", 1]]);
  });

  const seconds = (minute: string) =>
    fc.integer({ min: 0, max: 60 }).map((second) => `${minute}${String(second).padStart(2, "0")}`);
  const oneDay = [
    ...["Nov 19 03:14:", "Nov 19 03:15:", "2026-11-19T03:14:"].map(seconds),
    fc.constantFrom("2026-11-19T03:14:07+01:00", "2026-11-19T03:14:07.125+01:00", "2026-11-19 03:14:07,5"),
    fc.constantFrom("2026-11-19T03:14:59Z", "<38>Nov 19 03:14:07", "2026-11-19 03:14:08,25"),
    fc.constantFrom("2026-11-19T03:14:07,5", "2026-11-19T03:14:08,25"),
  ];
  const oddDays = [
    ...["Oct 25 02:30:", "Oct 25 03:30:", "Dec 31 23:59:", "Jan  1 00:00:", "2026-10-25T02:30:"].map(seconds),
    fc.constantFrom("2026-10-25T02:30:07.25", "2026-10-25 02:30:08,250"),
  ];
  const hosts = [" web ", " db ", " ", " [2001:db8::1] ", " <4.6> ", " auth.info ", " web auth.info ", " [", " sshd "];
  const tags = [
    "sshd[12]: ",
    "sshd[0012]: ",
    "sshd: ",
    "sshd]: ",
    "sshd(pam_unix)[12]: ",
    "sshd[12]: [ID 800047 auth.info] ",
    "fail2ban.filter         [14]: ",
    "su: pam_unix(su:auth): ",
    "com.apple.xpc.launchd[1] (org.fail2ban[88]): ",
    "launchd[1] (",
  ];
  const othersTags = [
    ...["CRON[13]: ", "nobody: ", "last message repeated 2 times", "web sshd[12]: ", "auth.info: ", ""],
    ...["nobody:  ", "nobody   [14]: ", "[14]: ", `${"nobody".repeat(12)}[14]: `, "nobody[14] (pam_unix) "],
  ];
  const messages = [
    FAILED,
    "Invalid user a b from 203.0.113.7",
    "pam_unix(sshd:session): session opened for user alice",
    "pam_unix(cron:session): session opened for user root",
    "message repeated 3 times: [ Failed password for root from 203.0.113.7 port 1 ssh2]",
    "INFO    [sshd] Found 203.0.113.7",
    "",
  ];
  const lineOf = (stamps: readonly fc.Arbitrary<string>[], tagsOf: readonly string[]) =>
    fc
      .tuple(fc.oneof(...stamps), fc.constantFrom(...hosts), fc.constantFrom(...tagsOf), fc.constantFrom(...messages))
      .map((parts) => parts.join(""));
  const span = { leadIn: Date.UTC(2026, 9, 1), from: Date.UTC(2026, 9, 1), to: Date.UTC(2027, 1, 1) };

  test.each([
    ["of any program", lineOf(oneDay, [...tags, ...othersTags])],
    ["in an hour that comes twice and at New Year", lineOf([...oneDay, ...oddDays], tags)],
  ])("is dated and read as if it stood alone: %s", async (_, line) => {
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), fc.integer({ min: 1, max: 12 }), async (lines, perBatch) => {
        const options = { span, zone: "Europe/Rome", perBatch };
        // Whoever wants to know why a line was not understood has each looked at closely.
        const closely = await reading({ "auth.log": lines }, { ...options, explained: true });
        const quickly = await reading({ "auth.log": lines }, { ...options, explained: false });
        expect(quickly.events).toEqual(closely.events);
        expect(quickly.ledger).toEqual(closely.ledger);
      }),
      { numRuns: 1000 },
    );
  });
});
