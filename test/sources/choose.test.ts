import { describe, expect, test } from "vitest";
import { type Choice, chooseLogins, type LoginLog, type Reach } from "../../src/sources/choose.ts";

const reach = (from: string, to: string): Reach => ({ from: Date.parse(`${from}Z`), to: Date.parse(`${to}Z`) });
const minute = (at: number) => new Date(at).toISOString().slice(0, 16).replace("T", " ");
const NIGHT = reach("2026-11-18T22:55", "2026-11-19T22:55");
const COVERS = reach("2026-11-01T00:00", "2026-11-19T22:54");

interface Case {
  readonly name: string;
  readonly log: Reach;
  readonly others?: readonly LoginLog[];
  /** Newest line of the log of everything. */
  readonly writer?: string;
  readonly journal: Reach;
  readonly window?: Reach | undefined;
  readonly hasJournalctl?: boolean;
  readonly choice: Choice;
}

const SAME = "the log files hold the same messages";

function chosen({ log, others = [], writer, journal, hasJournalctl = true, ...given }: Case): Choice {
  const logs = [...others, { name: "auth.log", reach: log }];
  const writerLived = writer === undefined ? undefined : Date.parse(`${writer}Z`);
  const window = "window" in given ? given.window : NIGHT;
  return chooseLogins({ logs, writerLived, journal, hasJournalctl }, window, minute);
}

describe("a night", () => {
  test.each<Case>([
    { name: "both cover it: files", log: COVERS, journal: COVERS, choice: { use: "files", because: SAME } },
    {
      name: "files cover its beginning, the journal does not: files",
      log: COVERS,
      journal: reach("2026-11-19T06:00", "2026-11-19T22:54"),
      choice: { use: "files", because: "it begins 2026-11-19 06:00, and auth.log 2026-11-01 00:00" },
    },
    {
      name: "the journal covers its beginning, files do not: journal",
      log: reach("2026-11-19T06:00", "2026-11-19T22:54"),
      journal: COVERS,
      choice: { use: "journal", because: "auth.log begins 2026-11-19 06:00, and the journal 2026-11-01 00:00" },
    },
    {
      name: "neither covers its beginning: the one that begins earlier",
      log: reach("2026-11-19T06:00", "2026-11-19T22:54"),
      journal: reach("2026-11-19T02:00", "2026-11-19T22:54"),
      choice: { use: "journal", because: "auth.log begins 2026-11-19 06:00, and the journal 2026-11-19 02:00" },
    },
    {
      name: "a new machine, whose journal is some minutes older: files",
      log: reach("2026-11-18T23:20", "2026-11-19T22:54"),
      journal: reach("2026-11-18T23:05", "2026-11-19T22:54"),
      choice: { use: "files", because: SAME },
    },
    {
      name: "the log is dead: journal",
      log: reach("2026-01-01T00:00", "2026-08-03T10:00"),
      journal: COVERS,
      choice: { use: "journal", because: "auth.log ends 2026-08-03 10:00, and the journal goes on" },
    },
    {
      name: "the log is dead, and the journal begins within the night: journal all the same",
      log: reach("2026-01-01T00:00", "2026-08-03T10:00"),
      journal: reach("2026-11-19T06:00", "2026-11-19T22:54"),
      choice: { use: "journal", because: "auth.log ends 2026-08-03 10:00, and the journal goes on" },
    },
    {
      name: "the log is dead, and nothing reads the journal: the journal, which says so",
      log: reach("2026-01-01T00:00", "2026-08-03T10:00"),
      journal: COVERS,
      hasJournalctl: false,
      choice: { use: "journal", because: "auth.log ends 2026-08-03 10:00, and the journal goes on" },
    },
    {
      name: "one dead log beside one that lives: files",
      log: COVERS,
      others: [{ name: "secure", reach: reach("2020-01-01T00:00", "2020-08-03T10:00") }],
      journal: COVERS,
      choice: { use: "files", because: SAME },
    },
    {
      name: "one log that cannot be read beside one that lives: files",
      log: COVERS,
      others: [{ name: "secure", reach: { problem: "permission denied" } }],
      journal: COVERS,
      choice: { use: "files", because: SAME },
    },
    {
      name: "nobody logged in since the morning: files",
      log: reach("2026-11-01T00:00", "2026-11-19T08:00"),
      journal: COVERS,
      choice: { use: "files", because: SAME },
    },
    {
      name: "quiet for a day, and the log of everything lives: files",
      log: reach("2026-11-01T00:00", "2026-11-18T23:30"),
      writer: "2026-11-19T22:50",
      journal: COVERS,
      choice: { use: "files", because: SAME },
    },
    {
      name: "rsyslog was removed at noon, and the log of everything ends there too: journal",
      log: reach("2026-11-01T00:00", "2026-11-19T11:58"),
      writer: "2026-11-19T12:00",
      journal: COVERS,
      choice: { use: "journal", because: "auth.log ends 2026-11-19 11:58, and the journal goes on" },
    },
    {
      name: "rsyslog may not write auth.log any more: journal",
      log: reach("2026-11-01T00:00", "2026-11-15T00:00"),
      writer: "2026-11-19T22:50",
      journal: COVERS,
      choice: { use: "journal", because: "auth.log ends 2026-11-15 00:00, and the journal goes on" },
    },
    {
      name: "the journal is dead: files, though they begin late",
      log: reach("2026-11-19T06:00", "2026-11-19T22:54"),
      journal: reach("2025-01-01T00:00", "2025-08-03T10:00"),
      choice: { use: "files", because: SAME },
    },
    {
      name: "the journal begins where the log ends: both",
      log: reach("2026-11-01T00:00", "2026-11-19T11:58"),
      journal: reach("2026-11-19T12:00", "2026-11-19T22:54"),
      choice: { use: "both", because: "" },
    },
  ])("$name", (given) => {
    expect(chosen(given)).toEqual(given.choice);
  });
});

describe("other windows", () => {
  test.each<Case>([
    {
      name: "a night long ago, when the log that is dead now lived: files",
      log: reach("2026-01-01T00:00", "2026-08-03T10:00"),
      writer: "2026-08-03T10:05",
      journal: reach("2026-07-01T00:00", "2026-11-19T22:54"),
      window: reach("2026-05-01T22:55", "2026-05-02T22:55"),
      choice: { use: "files", because: "it begins 2026-07-01 00:00, and auth.log 2026-01-01 00:00" },
    },
    {
      name: "all that there is, both alive: the one that goes further back",
      log: reach("2026-10-20T00:00", "2026-11-19T22:54"),
      journal: reach("2026-06-01T00:00", "2026-11-19T22:54"),
      window: undefined,
      choice: { use: "journal", because: "auth.log begins 2026-10-20 00:00, and the journal 2026-06-01 00:00" },
    },
    {
      name: "all that there is, and the log ends long before the journal: journal, for the latest counts most",
      log: reach("2020-01-01T00:00", "2026-03-01T00:00"),
      journal: reach("2026-01-01T00:00", "2026-11-19T22:54"),
      window: undefined,
      choice: { use: "journal", because: "auth.log ends 2026-03-01 00:00, and the journal goes on" },
    },
    {
      name: "all that there is, one after the other: both",
      log: reach("2020-01-01T00:00", "2023-01-01T00:00"),
      journal: reach("2025-01-01T00:00", "2026-11-19T22:54"),
      window: undefined,
      choice: { use: "both", because: "" },
    },
  ])("$name", (given) => {
    expect(chosen(given)).toEqual(given.choice);
  });
});
