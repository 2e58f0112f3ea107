// What journalctl can do to a night, by a journalctl that does it; what it does to real files is in
// test/integration/journald.test.ts.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { journalFiles } from "../../../src/sources/journal/journal-files.ts";
import { type JournalOptions, journalSource, oldestRecord } from "../../../src/sources/journal/journald.ts";
import { folder } from "../logs.ts";
import { never, readSource } from "../read-source.ts";

const night = { leadIn: "2026-11-18T00:00Z", from: "2026-11-19T00:00Z", to: "2026-11-20T00:00Z" };
const LOGIN = record("2026-11-19T03:00Z", "sshd", "Accepted password for alice from 192.0.2.10 port 50122 ssh2");
const FAILURE = record("2026-11-19T03:01Z", "sshd", "Failed password for root from 203.0.113.7 port 40000 ssh2");

function record(at: string, program: string, message: string, sinceBootMs = 3_600_000): string {
  return `${JSON.stringify({
    __REALTIME_TIMESTAMP: `${Date.parse(at)}000`,
    __MONOTONIC_TIMESTAMP: `${sinceBootMs}000`,
    _HOSTNAME: "mini",
    SYSLOG_IDENTIFIER: program,
    _COMM: program,
    _PID: "77",
    MESSAGE: message,
  })}\n`;
}

interface Fake {
  /** What it prints when records are asked for. */
  readonly text?: string;
  /** Shell behind that. */
  readonly afterwards?: string;
  /** What `--verify` does. */
  readonly verify?: string;
  /** What `--field` prints. */
  readonly names?: string;
}

/** Installs a journalctl, and a folder for its files. */
function install({ text = "", afterwards = "exit 0", verify = "exit 0", names = "" }: Fake = {}) {
  const dir = folder();
  const directory = folder();
  writeFileSync(join(dir, "text"), text);
  writeFileSync(join(dir, "names"), names);
  const script = `#!/bin/sh
here=${dir}
case "$*" in
  *--verify*) echo verify >>"$here/verified"; ${verify};;
  *--field=*) exec cat "$here/names";;
  *) printf '%s\\n' "$@" >"$here/arguments"; cat "$here/text"; ${afterwards};;
esac
`;
  writeFileSync(join(dir, "journalctl"), script, { mode: 0o755 });
  const options: JournalOptions = {
    login: true,
    directory,
    identifiers: ["sshd", "sudo"],
    env: { PATH: `${dir}:${process.env.PATH}` },
    timeoutMs: 20_000,
  };
  return {
    directory,
    options,
    read: (other: Partial<JournalOptions> = {}, period = night) =>
      readSource(journalSource({ ...options, ...other }), period),
    args: () => readFileSync(join(dir, "arguments"), "utf8").trimEnd().split("\n"),
    verified: () => (existsSync(join(dir, "verified")) ? readFileSync(join(dir, "verified"), "utf8").length / 7 : 0),
  };
}

interface Header {
  readonly sequence?: number;
  readonly numbers: readonly [number, number];
  readonly from: string;
  readonly to: string;
}

/** Writes the header of a journal file: the part that is read without journalctl. */
function makeFile(path: string, { sequence = 1, numbers, from, to }: Header): void {
  const bytes = Buffer.alloc(4096);
  bytes.write("LPKSHHRH", "latin1");
  bytes.fill(sequence, 72, 88);
  const fields = [
    numbers[1] - numbers[0] + 1,
    numbers[1],
    numbers[0],
    0,
    Date.parse(from) * 1000,
    Date.parse(to) * 1000,
  ];
  for (const [i, value] of fields.entries()) bytes.writeBigUInt64LE(BigInt(value), 152 + 8 * i);
  writeFileSync(path, bytes);
}

describe("what journalctl is asked for", () => {
  test("this machine's records from the lead-in up to the last microsecond before the end", async () => {
    const { read, args } = install({ text: LOGIN, names: "fail2ban-server\nsshd\nfail2ban.actions\nnode\n" });
    await read({ directory: undefined, identifiers: ["sshd", "fail2ban*"] });
    expect(args()).toEqual([
      "--no-pager",
      "-q",
      "-o",
      "json",
      "-a",
      "--output-fields=MESSAGE,_HOSTNAME,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID,_UID,_COMM,_EXE,_TRANSPORT,PRIORITY,_SOURCE_REALTIME_TIMESTAMP",
      "--since=@1794960000.000000",
      "--until=@1795132799.999999",
      "SYSLOG_IDENTIFIER=sshd",
      "SYSLOG_IDENTIFIER=fail2ban",
      "SYSLOG_IDENTIFIER=fail2ban-server",
      "SYSLOG_IDENTIFIER=fail2ban.actions",
      "+",
      "_COMM=sshd",
      "_COMM=sshd-session",
      "_COMM=sshd-auth",
      "+",
      "SYSLOG_FACILITY=4",
      "SYSLOG_FACILITY=10",
      "+",
      "_TRANSPORT=kernel",
    ]);
  });

  test("of a folder that many machines send to, an hour more at both ends", async () => {
    const { read, args, directory } = install({ text: LOGIN });
    await read();
    expect(args()).toContain(`--directory=${directory}`);
    expect(args().filter((arg) => /^--(since|until)/.test(arg))).toEqual([
      "--since=@1794956400.000000",
      "--until=@1795136399.999999",
    ]);
  });

  test("everything, when no window is given", async () => {
    const { options, args } = install({ text: LOGIN });
    await readSource(journalSource(options));
    expect(args().filter((arg) => /^--(since|until)/.test(arg))).toEqual([]);
  });

  test("no end after the clock was set back: reading would end there", async () => {
    const { read, args, directory } = install({ text: LOGIN });
    makeFile(join(directory, "system@1.journal"), {
      numbers: [1, 50],
      from: "2026-11-19T01:00Z",
      to: "2027-01-01T00:00Z",
    });
    makeFile(join(directory, "system.journal"), {
      numbers: [51, 60],
      from: "2026-11-19T02:00Z",
      to: "2026-11-19T23:00Z",
    });
    await read();
    expect(args().filter((arg) => arg.startsWith("--until"))).toEqual([]);
  });
});

test("the engine has a name, and its folder", () => {
  const options = { login: true, identifiers: [], env: {} };
  expect(journalSource(options).name).toBe("journald");
  expect(journalSource({ ...options, directory: "/var/log/journal/remote" }).name).toBe(
    "journald /var/log/journal/remote",
  );
});

describe("how journalctl ends", () => {
  test.each([
    { name: "well", fake: { text: LOGIN }, status: "ok", notes: [] },
    {
      name: "with a complaint",
      fake: { text: LOGIN, afterwards: "echo 'Journal file x is truncated, ignoring file.' >&2" },
      status: "partial",
      notes: ["journalctl: Journal file x is truncated, ignoring file."],
    },
    {
      name: "with a status after some records",
      fake: { text: LOGIN, afterwards: "exit 1" },
      status: "partial",
      notes: ["journalctl ended with exit status 1"],
    },
    {
      name: "with a status at once",
      fake: { afterwards: "echo 'Failed to open files' >&2; exit 1" },
      status: "unreadable",
      notes: ["journalctl ended with exit status 1: Failed to open files"],
    },
    {
      name: "by a signal",
      fake: { text: LOGIN, afterwards: "kill -9 $$" },
      status: "partial",
      notes: ["journalctl was killed: not read to its end"],
    },
  ])("$name", async ({ fake, status, notes }) => {
    const { read } = install(fake);
    const outcome = await read();
    expect({ status: outcome.status, notes: outcome.notes }).toEqual({ status, notes });
    expect(outcome.told).toEqual(fake.text === undefined ? [] : ["login.success alice@192.0.2.10"]);
  });

  test("it hangs", async () => {
    const { read } = install({ text: LOGIN, afterwards: "exec sleep 1000" });
    expect(await read({ timeoutMs: 300 })).toMatchObject({
      status: "partial",
      notes: ["journalctl said nothing for 0.3 s and was stopped: not read to its end"],
      told: ["login.success alice@192.0.2.10"],
    });
  });

  test("the run is stopped: nothing is said, nothing is left", async () => {
    const { options } = install({ text: LOGIN, afterwards: "exec sleep 1000" });
    const stop = new AbortController();
    const source = journalSource(options);
    const read = source.read;
    const stopping = async function* (...given: Parameters<typeof read>) {
      for await (const batch of read(...given)) {
        yield batch;
        stop.abort();
      }
    };
    const { status, notes, told } = await readSource({ ...source, read: stopping }, night, stop.signal);
    expect({ status, notes, told }).toEqual({ status: "ok", notes: [], told: ["login.success alice@192.0.2.10"] });
  });
});

describe("no journalctl", () => {
  const nowhere = { env: { PATH: folder() } };
  test.each([
    { name: "is missing", optional: false, status: "missing" },
    { name: "is a note where the journal is optional", optional: true, status: "ok" },
  ])("$name", async ({ optional, status }) => {
    const outcome = await install().read({ ...nowhere, optional });
    expect(outcome.status).toBe(status);
    expect(outcome.notes).toEqual([expect.stringContaining("journalctl is not there (install systemd")]);
  });

  test("has no oldest record", async () => {
    expect(await oldestRecord({ ...install().options, ...nowhere }, never)).toBeUndefined();
  });
});

test("the oldest record is the first that journalctl tells", async () => {
  const { options } = install({ text: LOGIN + FAILURE, afterwards: "exec sleep 1000" });
  expect(await oldestRecord({ ...options, timeoutMs: 300 }, never)).toBe(Date.parse("2026-11-19T03:00Z"));
});

describe("the files that are looked at", () => {
  const machine = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
  const other = "b1c2d3e4f5a60718293a4b5c6d7e8f90";
  const header: Header = { numbers: [1, 2], from: "2026-11-19T00:00Z", to: "2026-11-19T01:00Z" };
  const place = (root: string, path: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    makeFile(join(root, path), header);
  };

  test("this machine's on disk and in memory, not those of the system that was here before", () => {
    const root = folder();
    mkdirSync(join(root, "etc"));
    writeFileSync(join(root, "etc/machine-id"), `${machine}\n`);
    place(root, `var/log/journal/${machine}/system.journal`);
    place(root, `var/log/journal/${machine}/system@2.journal~`);
    place(root, `var/log/journal/${machine}/notes.txt`);
    place(root, `var/log/journal/${other}/system.journal`);
    place(root, `run/log/journal/${machine}/system.journal`);
    expect(journalFiles(undefined, root).files.map(({ path }) => relative(root, path))).toEqual([
      `var/log/journal/${machine}/system.journal`,
      `var/log/journal/${machine}/system@2.journal~`,
      `run/log/journal/${machine}/system.journal`,
    ]);
  });

  test("of a folder, those of every machine in it", () => {
    const root = folder();
    place(root, "remote-mini.journal");
    place(root, `${machine}/system.journal`);
    place(root, "old/system.journal");
    expect(journalFiles(root).files.map(({ path }) => relative(root, path))).toEqual([
      "remote-mini.journal",
      `${machine}/system.journal`,
    ]);
  });
});

describe("verification", () => {
  const tonight: Header = { numbers: [1, 50], from: "2026-11-18T00:00Z", to: "2026-11-19T12:00Z" };

  test("asks for the files of the window only", async () => {
    const { read, verified, directory } = install({ text: LOGIN });
    makeFile(join(directory, "system@1.journal"), { ...tonight, to: "2026-11-18T23:00Z" });
    makeFile(join(directory, "system@2.journal"), { ...tonight, numbers: [51, 60], from: "2026-11-18T23:00Z" });
    await read();
    expect(verified()).toBe(1);
  });

  test("a damaged file is told and read without a search", async () => {
    const verify = "echo '0015e8: Invalid object contents: Bad message' >&2; exit 1";
    const { read, args, verified, directory } = install({ text: LOGIN, verify });
    const path = join(directory, "system.journal");
    makeFile(path, tonight);
    expect(await read()).toMatchObject({
      status: "damaged",
      notes: [
        `${path} is damaged (journalctl --verify: 0015e8: Invalid object contents: Bad message): what could be read is used`,
      ],
      told: ["login.success alice@192.0.2.10"],
    });
    expect(args().filter((arg) => arg.includes("SYSLOG_IDENTIFIER=") || arg === "+")).toEqual([]);
    expect(verified()).toBe(1);
  });

  // Every look finds one record more, as in the file that journald writes to.
  const written = (path: string) =>
    `n=$(wc -l <"$here/verified"); printf "\\\\$(printf '%03o' $((60 + n)))" | dd of=${path} bs=1 seek=160 conv=notrunc status=none`;

  test.each([
    { name: "found differently each time is none", words: "entry $n", status: "ok", looks: 3 },
    { name: "found twice at the same place is one", words: "entry 7", status: "damaged", looks: 2 },
  ])("damage in a file that is being written to: $name", async ({ words, status, looks }) => {
    const path = join(folder(), "system.journal");
    makeFile(path, tonight);
    const { read, verified } = install({ text: LOGIN, verify: `${written(path)}; echo "${words}" >&2; exit 1` });
    expect((await read({ directory: join(path, "..") })).status).toBe(status);
    expect(verified()).toBe(looks);
  });
});

describe("what the journal no longer holds", () => {
  const from = "2026-11-19T06:00Z";
  const to = "2026-11-19T23:00Z";
  const first = (sinceBootMs: number) => record(from, "cron", "x", sinceBootMs);

  test.each<{ name: string; files: Readonly<Record<string, Header>>; text?: string; status: string }>([
    {
      name: "one that begins before the window holds it",
      files: { "system.journal": { numbers: [900, 990], from: "2026-11-10T00:00Z", to } },
      status: "ok",
    },
    {
      name: "one that began with the machine lost nothing",
      files: { "system.journal": { numbers: [1, 990], from, to } },
      status: "ok",
    },
    {
      name: "its first file may be numbered from where the first start's records in memory ended",
      files: { "system.journal": { numbers: [812, 990], from, to } },
      text: first(2_000),
      status: "ok",
    },
    {
      name: "one whose older files were vacuumed lost the rest",
      files: { "system.journal": { numbers: [90_000, 99_000], from, to } },
      text: first(3_600_000),
      status: "partial",
    },
    {
      name: "a user's file begins with the user",
      files: {
        "system.journal": { numbers: [1, 990], from: "2026-11-10T00:00Z", to },
        "user-1000.journal": { numbers: [900, 980], from, to },
      },
      status: "ok",
    },
    {
      name: "a user's old file does not hold what was vacuumed of the system's",
      files: {
        "system.journal": { numbers: [90_000, 99_000], from, to },
        "user-1000.journal": { numbers: [900, 98_000], from: "2026-11-10T00:00Z", to },
      },
      status: "partial",
    },
    {
      name: "a file between two others was removed",
      files: {
        "system@1.journal": { numbers: [1, 5000], from: "2026-11-10T00:00Z", to: "2026-11-19T02:00Z" },
        "system.journal": { numbers: [9000, 9900], from: "2026-11-19T05:00Z", to },
      },
      status: "partial",
    },
    {
      name: "a file that was removed long ago is no problem of tonight",
      files: {
        "system@1.journal": { numbers: [1, 5000], from: "2026-11-10T00:00Z", to: "2026-11-11T02:00Z" },
        "system.journal": { numbers: [9000, 9900], from: "2026-11-12T05:00Z", to },
      },
      status: "ok",
    },
    {
      name: "a few numbers are lost when a record cannot be written",
      files: {
        "system@1.journal": { numbers: [1, 5000], from: "2026-11-10T00:00Z", to: "2026-11-19T02:00Z" },
        "system.journal": { numbers: [5003, 9900], from: "2026-11-19T05:00Z", to },
      },
      status: "ok",
    },
  ])("$name", async ({ files, text = LOGIN, status }) => {
    const { read, directory } = install({ text });
    for (const [name, header] of Object.entries(files)) makeFile(join(directory, name), header);
    const outcome = await read();
    expect({ status: outcome.status, notes: outcome.notes.length }).toEqual({ status, notes: status === "ok" ? 0 : 1 });
  });
});
