// What can be wrong with a state folder: each is said with what, where and what to do, and nothing in it is changed.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { describe, expect, test } from "vitest";
import { Exit, ReportError } from "../../src/errors.ts";
import { problemWith } from "../../src/state/problem.ts";
import { readState } from "../../src/state/read.ts";
import { runScript, script, start } from "./child.ts";
import { close, entry, open, quietNight, sql, stateDir } from "./sample.ts";

const MOVE_AWAY =
  "(restore it from a backup, or move it away: the next run then begins afresh, and mail that waits in it is not sent)";

/** A state with some nights in it, closed. */
async function used(): Promise<string> {
  const dir = stateDir();
  const state = await open(dir);
  for (let n = 0; n < 12; n += 1) state.complete(quietNight(n, { outbox: [entry(`m${n}`)] }));
  close(state);
  return dir;
}

interface Fault {
  readonly fault: string;
  readonly make: (dir: string, database: string) => void;
  readonly says: (dir: string) => string | RegExp;
  /** A preview does not care. */
  readonly previews?: true;
}

const faults: readonly Fault[] = [
  {
    fault: "the database is something else",
    make: (_, path) => writeFileSync(path, "not a database at all\n".repeat(400)),
    says: (dir) => `the state in ${dir}/state.db is damaged: file is not a database ${MOVE_AWAY}`,
  },
  {
    fault: "the database is empty",
    make: (_, path) => truncateSync(path, 0),
    says: (dir) => `the state in ${dir}/state.db is damaged: it has only 0 bytes ${MOVE_AWAY}`,
  },
  {
    fault: "the database is cut in its first bytes",
    make: (_, path) => truncateSync(path, 99),
    says: (dir) => `the state in ${dir}/state.db is damaged: it has only 99 bytes ${MOVE_AWAY}`,
  },
  {
    fault: "the database is cut in half",
    make: (_, path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
    says: (dir) => new RegExp(`^the state in ${dir}/state\\.db is damaged: .*(?:malformed|page).* \\(restore it`),
  },
  {
    fault: "bytes in the middle of the database are overwritten",
    make: (_, path) => overwrite(path, Math.floor(statSync(path).size / 2), 8_192),
    says: (dir) => new RegExp(`^the state in ${dir}/state\\.db is damaged: .*page.* \\(restore it`),
  },
  {
    fault: "the database is another program's",
    make: (_, path) => {
      rmSync(path);
      sql(path, "CREATE TABLE bookmarks (url TEXT)");
    },
    says: (dir) => `the state in ${dir}/state.db is damaged: this is no state of logdigest ${MOVE_AWAY}`,
  },
  {
    fault: "a table was removed",
    make: (_, path) => void sql(path, "DROP TABLE sources"),
    says: (dir) => `the state in ${dir}/state.db is damaged: no such table: sources ${MOVE_AWAY}`,
  },
  {
    fault: "a later version wrote the database",
    make: (_, path) => void sql(path, "PRAGMA user_version = 7"),
    says: (dir) =>
      `the state in ${dir}/state.db was written by a later version of logdigest (its schema is 7, this version knows 2): install that version again, or set state.dir elsewhere`,
  },
  {
    fault: "the database is a folder",
    make: (_, path) => {
      rmSync(path);
      mkdirSync(path);
      writeFileSync(join(path, "x"), "x".repeat(1_000));
    },
    says: (dir) => `cannot use the state in ${dir}/state.db: it is a folder where a file belongs (move it away)`,
  },
  {
    fault: "the lock is a folder",
    make: (dir) => {
      rmSync(join(dir, "lock"));
      mkdirSync(join(dir, "lock"));
    },
    says: (dir) => `cannot use the state in ${dir}/lock: it is a folder where a file belongs (move it away)`,
    previews: true,
  },
  {
    fault: "the folder is a file",
    make: (dir) => {
      rmSync(dir, { recursive: true });
      writeFileSync(dir, "a file");
    },
    says: (dir) => new RegExp(`^cannot use the state in ${dir}.*: .*(?:is a file) \\(set state\\.dir to a folder\\)$`),
  },
  {
    fault: "a folder above it is a file",
    make: (dir) => {
      rmSync(dirname(dir), { recursive: true });
      writeFileSync(dirname(dir), "a file");
    },
    says: (dir) => new RegExp(`^cannot use the state in ${dir}.*: a part of the path is a file \\(set state`),
  },
];

describe.each(faults)("$fault", ({ make, says, previews }) => {
  test("a run says so and changes nothing", async () => {
    const dir = await used();
    make(dir, join(dir, "state.db"));
    const before = contents(dir);
    const problem = await open(dir).catch((thrown: unknown) => thrown);
    expectReport(problem, Exit.CannotWrite, says(dir));
    expect(contents(dir)).toEqual(before);
    // The lock is free again: the second try says the same.
    expectReport(await open(dir).catch((thrown: unknown) => thrown), Exit.CannotWrite, says(dir));
  });

  test(previews ? "a preview does not care" : "a preview says so and changes nothing", async () => {
    const dir = await used();
    make(dir, join(dir, "state.db"));
    const before = contents(dir);
    const outcome = await readState({ dir, machineId: undefined }).catch((thrown: unknown) => thrown);
    if (previews) expect(outcome).toMatchObject({ lastEnd: quietNight(11).window.to });
    else expectReport(outcome, Exit.CannotWrite, says(dir));
    expect(contents(dir)).toEqual(before);
  });
});

test.each(["state", "lock", "state.db"])("%s is a link to a disk that is not mounted", async (name) => {
  const dir = await used();
  const path = name === "state" ? dir : join(dir, name);
  rmSync(path, { recursive: true });
  symlinkSync(join(dirname(dir), "disk", name), path);
  expectReport(
    await open(dir).catch((thrown: unknown) => thrown),
    Exit.CannotWrite,
    `cannot use the state in ${path}: its symbolic link leads nowhere (mount what it leads to, or set state.dir elsewhere)`,
  );
  expect(readlinkSync(path)).toBe(join(dirname(dir), "disk", name));
});

test("a problem of the system that has no words of its own is no bug", () => {
  const stale = Object.assign(new Error("ESTALE: stale file handle, stat 'x'"), { code: "ESTALE", syscall: "stat" });
  const problem = problemWith("/srv/state", stale);
  expectReport(problem, Exit.CannotWrite, "cannot use the state in /srv/state: ESTALE: stale file handle, stat 'x'");
});

test("another program that writes into the database is waited for, and then named", { timeout: 30_000 }, async () => {
  const dir = await used();
  const path = join(dir, "state.db");
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  const problem = await open(dir).catch((thrown: unknown) => thrown);
  expectReport(problem, Exit.Later, `${path} is in use by another program (run again when it has ended)`);
  other.exec("ROLLBACK");
  other.close();
  expect((await open(dir)).lastEnd).toBe(quietNight(11).window.to);
});

describe("another machine's state", () => {
  test("is renamed and named, and this machine begins afresh", async () => {
    const dir = await used();
    const path = join(dir, "state.db");
    const aside = join(dir, "state-20261119T225520Z.db");
    const clone = { machineId: "fedcba9876543210fedcba9876543210" };
    const notice = `the state in ${path} was begun on another machine`;
    const preview = await readState({ dir, ...clone });
    expect([preview?.lastEnd, preview?.outbox(), preview?.notices]).toEqual([
      undefined,
      [],
      [`${notice}: the next scheduled run sets it aside`],
    ]);
    // A run that dies before it has told anybody leaves the notice to the next.
    close(await open(dir, clone));
    const state = await open(dir, clone);
    expect(state.notices).toEqual([
      `${notice}: it was renamed to ${aside}, and this machine begins afresh; 12 waiting messages in it will not be sent from here`,
    ]);
    expect([state.lastEnd, state.outbox(), state.nights(9)]).toEqual([undefined, [], []]);
    state.complete(quietNight(3));
    close(state);
    expect(sql(aside, "SELECT count(*) AS n FROM outbox", "PRAGMA integrity_check")).toEqual([
      { n: 12 },
      { integrity_check: "ok" },
    ]);
    const again = await open(dir, clone);
    expect([again.lastEnd, again.notices]).toEqual([quietNight(3).window.to, []]);
    close(again);
    // And once more in the same second: no name is taken twice.
    close(await open(dir, { machineId: "another" }));
    expect(
      readdirSync(dir)
        .filter((name) => name.endsWith(".db"))
        .sort(),
    ).toEqual(["state-20261119T225520Z-2.db", "state-20261119T225520Z.db", "state.db"]);
  });

  test.each([
    ["the id was unknown then", undefined, "a", undefined],
    ["the id is unknown now", "a", undefined, undefined],
    ["the id is empty now", "a", " \n", undefined],
    ["there is no id yet on the first boot of an image", "a", "uninitialized\n", undefined],
    ["the id is the same, read with its line end", "a", "a\n", undefined],
    ["an id that was unknown at first is remembered from then on", undefined, "a", "b"],
  ])("is one only when both ids are known: %s", async (_, then, now, later) => {
    const dir = stateDir();
    const first = await open(dir, { machineId: then });
    first.complete(quietNight());
    close(first);
    const second = await open(dir, { machineId: now });
    expect([second.lastEnd, second.notices]).toEqual([quietNight().window.to, []]);
    close(second);
    if (later === undefined) return;
    expect((await open(dir, { machineId: later })).notices).toHaveLength(1);
  });

  test("the id itself is not in the database", async () => {
    const dir = await used();
    expect(readFileSync(join(dir, "state.db")).includes("0123456789abcdef0123456789abcdef")).toBe(false);
  });
});

test("changes of a database that is gone do not get into the new one", async () => {
  const dir = stateDir();
  const path = join(dir, "state.db");
  // Killed with its changes still in the log beside the database.
  await runScript(
    "(await openState(options)).complete(night(1)); say('done'); process.kill(process.pid, 'SIGKILL');",
    dir,
  );
  renameSync(path, join(dirname(dir), "lost.db"));
  const state = await open(dir);
  expect(state.notices).toEqual([
    `${path} is gone, though changes to it were there: they were renamed to ${dir}/state-20261119T225520Z.db-wal, and the state begins afresh`,
  ]);
  expect([state.lastEnd, state.nights(9)]).toEqual([undefined, []]);
  state.complete(quietNight());
  expect(sql(path, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
});

const TRY = `const state = await openState(options); state.complete(night(9)); say("completed");`;
const PREVIEW = `const view = await readState(options); say(String(view?.nights(9).length));`;

// Root may write everywhere; as root the tests start the program as nobody.
const isRoot = process.getuid?.() === 0;
const asNobody = isRoot ? { uid: 65_534, gid: 65_534 } : {};
describe("without rights", () => {
  const rows: readonly (readonly [string, (dir: string) => void, string, string])[] = [
    ["the folder may not be read", (dir) => chmodSync(dir, 0o000), "lock", "state.db"],
    ["the folder may not be written and has no lock", removeLock, "lock", ""],
    ["the folder may not be written", readOnly, "state.db", ""],
  ];
  test.each(rows)("%s", async (_, make, blamed, previewBlamed) => {
    const dir = await used();
    if (isRoot) giveToNobody(dir);
    make(dir);
    const [said] = await runScript(TRY, dir, asNobody);
    expect(JSON.parse(said ?? "")).toMatchObject({ name: "ReportError", exit: Exit.CannotWrite });
    expect(JSON.parse(said ?? "").message).toMatch(
      new RegExp(`^cannot use the state in ${dir}/${blamed}: .*own the folder and everything in it`),
    );
    const [preview] = await runScript(PREVIEW, dir, asNobody);
    if (previewBlamed === "") expect(preview).toBe("9");
    else
      expect(JSON.parse(preview ?? "").message).toMatch(
        `cannot use the state in ${dir}/${previewBlamed}: permission denied`,
      );
    chmodSync(dir, 0o700);
  });

  function removeLock(dir: string): void {
    rmSync(join(dir, "lock"));
    readOnly(dir);
  }

  function readOnly(dir: string): void {
    for (const name of ["state.db-wal", "state.db-shm"]) rmSync(join(dir, name), { force: true });
    chmodSync(dir, 0o500);
  }
});

describe("without room", () => {
  const FILL = `
    const state = await openState(options);
    let n = 0;
    try {
      for (;;) {
        n += 1;
        state.complete(night(n, 50_000));
        say("completed " + n);
      }
    } finally {
      // What was completed before can still be read, by the run itself and by the next preview.
      say("left " + state.nights(100).length + " " + state.outbox().length);
    }
  `;

  test("a file that may not grow: the run stores nothing of the night, and what was there stays", async () => {
    const dir = stateDir();
    // 512 KiB or 1 MiB, as the shell counts blocks.
    const limited = ["sh", "-c", 'ulimit -f 1024; exec "$0" "$@"', process.execPath, script(FILL), dir];
    const said = await start(limited).ended;
    expectFull(said, dir, /input\/output error|may not grow|no space/);
    const state = await open(dir);
    expect(state.nights(100)).toHaveLength(said.length - 2);
  });

  const mounts = spawnSync("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;
  test.skipIf(!mounts)("a full disk", async () => {
    const dir = stateDir();
    mkdirSync(dir);
    const shell = 'mount -t tmpfs -o size=512k none "$0" && "$@" && exec true; cp -r "$0"/. "$0"-copy';
    const said = await start(["unshare", "-rm", "sh", "-c", shell, dir, process.execPath, script(FILL), dir]).ended;
    expectFull(said, dir, /no space left on the device \(make room there, then run again\)$/);
    const copy = `${dir}-copy`;
    expect(sql(join(copy, "state.db"), "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
    const view = await readState({ dir: copy, machineId: undefined });
    expect(view?.nights(100)).toHaveLength(said.length - 2);
  });

  test.skipIf(!mounts)("a disk that was full from the start", async () => {
    const dir = stateDir();
    mkdirSync(dir);
    const shell = 'mount -t tmpfs -o size=64k none "$0" && head -c 60k /dev/zero >"$0/other"; exec "$@"';
    const said = await start(["unshare", "-rm", "sh", "-c", shell, dir, process.execPath, script(FILL), dir]).ended;
    expect(said).toHaveLength(1);
    expect(JSON.parse(said[0] ?? "")).toMatchObject({ name: "ReportError", exit: Exit.CannotWrite });
    expect(JSON.parse(said[0] ?? "").message).toMatch(/no space left on the device/);
  });

  function expectFull(said: readonly string[], dir: string, reason: RegExp): void {
    const completed = said.length - 2;
    expect(completed).toBeGreaterThan(1);
    expect(said.at(-2)).toBe(`left ${completed} ${completed}`);
    const problem = JSON.parse(said.at(-1) ?? "");
    expect(problem).toMatchObject({ name: "ReportError", exit: Exit.CannotWrite });
    expect(problem.message).toMatch(`cannot use the state in ${dir}/state.db: `);
    expect(problem.message).toMatch(reason);
  }
});

function expectReport(problem: unknown, exit: number, says: string | RegExp): void {
  expect(problem).toBeInstanceOf(ReportError);
  const { message, exit: ended } = problem as ReportError;
  expect(ended).toBe(exit);
  if (typeof says === "string") expect(message).toBe(says);
  else expect(message).toMatch(says);
}

function overwrite(path: string, offset: number, length: number): void {
  const file = openSync(path, "r+");
  writeSync(file, Buffer.alloc(length, 0x5a), 0, length, offset);
  closeSync(file);
}

/** Every file of a folder with its bytes, except the index that SQLite makes anew each time. */
function contents(dir: string): unknown {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) return "no folder";
  return readdirSync(dir, { recursive: true, encoding: "utf8" })
    .filter((name) => !name.endsWith("-shm"))
    .filter((name) => !name.endsWith("-wal") || statSync(join(dir, name)).size > 0)
    .sort()
    .map((name) => {
      const path = join(dir, name);
      return [name, statSync(path).isDirectory() ? "folder" : readFileSync(path, "base64")];
    });
}

/** Gives a folder to nobody, and lets nobody through the ones above. */
function giveToNobody(dir: string): void {
  spawnSync("chown", ["-R", "65534:65534", dir]);
  for (const above of [dirname(dir), dirname(dirname(dir))]) chmodSync(above, 0o755);
}
