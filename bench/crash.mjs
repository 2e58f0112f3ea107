// Kills scheduled runs, at random times and at each of their system calls, lets disks fail under them, and then counts
// what arrived: every night at least once by every channel, a second copy only after a kill, and then with the same id
// and the same bytes, and a database without damage.
//
//   npm run --silent build && node bench/crash.mjs [--random 1000] [--step 1] [--seconds N] [--seed 1] [--program FILE]
//
// --random: kills at random times. --step: 1 is every k-th system call, 10 each tenth; 0 none. Needs strace; without it
// only the random kills are done. --seconds: begin nothing more after that long. The last line of output is JSON.
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { DatabaseSync } from "@photostructure/sqlite";

const options = { random: 1_000, step: 1, seconds: 36_000, seed: 1, program: "" };
for (let i = 2; i < process.argv.length; i += 2) {
  const name = process.argv[i].replace(/^--/, "");
  options[name] = name === "program" ? process.argv[i + 1] : Number(process.argv[i + 1]);
}
const program = options.program || fileURLToPath(new URL("../dist/logdigest.js", import.meta.url));
const began = performance.now();
const isLate = () => performance.now() - began > options.seconds * 1000;

/** A small random number generator (mulberry32), so that a seed gives the same kills. */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Takes mail and webhook calls, and keeps what it took before it says so. */
async function receiver() {
  const taken = [];
  const smtp = createServer((socket) => {
    let rest = "";
    let message = false;
    socket.setNoDelay(true).on("error", () => undefined);
    socket.on("data", (chunk) => {
      rest += chunk.toString("latin1");
      for (;;) {
        const mark = message ? "\r\n.\r\n" : "\r\n";
        const end = rest.indexOf(mark);
        if (end < 0) return;
        const text = rest.slice(0, end);
        rest = rest.slice(end + mark.length);
        if (message) taken.push({ channel: "mail", id: /^Message-ID:\s*(\S+)/im.exec(text)[1], body: text });
        message = text === "DATA";
        if (message) socket.write("354 go on\r\n");
        else if (text === "QUIT") socket.end("221 bye\r\n");
        else socket.write("250 ok\r\n");
      }
    });
    socket.write("220 ready\r\n");
  });
  const hook = createHttpServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      taken.push({ channel: "hook", id: request.headers["x-logdigest-id"], body });
      response.end("ok");
    });
  });
  const listen = (server) => new Promise((done) => server.listen(0, "127.0.0.1", () => done(server.address().port)));
  const ports = { smtp: await listen(smtp), hook: await listen(hook) };
  const close = () => {
    smtp.close();
    hook.close();
    hook.closeAllConnections();
  };
  return { taken, ports, close };
}

const DAY = 86_400_000;
const FIRST = Date.parse("2026-01-01T00:00:00Z");
const dayOf = (night) => new Date(FIRST + night * DAY).toISOString().slice(0, 10);
const addressOf = (night) => `2001:db8::${night.toString(16)}`;

/** A machine on which every night somebody else fails to log in. */
class Machine {
  constructor(folder, server) {
    this.dir = folder;
    this.server = server;
    this.log = "";
    mkdirSync(folder, { recursive: true });
    const { smtp, hook } = server.ports;
    writeFileSync(
      join(folder, "config.toml"),
      [
        'host = "mini"\ntime_zone = "UTC"\nstate.dir = "state"\n[[sources]]\npath = "auth.log"',
        '[mail]\nfrom = "logdigest@example.org"\nto = ["admin@example.org"]',
        `[mail.smtp]\nhost = "127.0.0.1"\nport = ${smtp}\ntls = "none"`,
        `[[channels]]\nkind = "webhook"\nname = "hook"\non = "event"\nurl = "http://127.0.0.1:${hook}/in"\n`,
      ].join("\n"),
    );
    this.write("2026-01-01T12:00:00Z mini cron[7]: (root) CMD (true)");
  }

  write(line) {
    this.log += `${line}\n`;
    writeFileSync(join(this.dir, "auth.log"), this.log);
  }

  fail(night) {
    this.write(
      `${dayOf(night)}T10:00:00Z mini sshd[${1000 + night}]: Failed password for root from ${addressOf(night)} port 4711 ssh2`,
    );
  }

  /** Starts the run of a night; `wrapper` is a program and its arguments that starts it. */
  start(night, wrapper = []) {
    const argv = [...wrapper, process.execPath, program, "report", "--config", join(this.dir, "config.toml")];
    const child = spawn(argv[0], [...argv.slice(1), "--now", `${dayOf(night)}T23:55:20Z`], {
      cwd: this.dir,
      env: { PATH: process.env.PATH, TZ: "UTC" },
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
    });
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      err += text;
    });
    const ended = new Promise((done) => child.on("close", (status, signal) => done({ status, signal, err })));
    // The group, because strace lets what it traces live on.
    const kill = () => {
      try {
        process.kill(-child.pid, "SIGKILL");
      } catch {}
    };
    return { ended, kill };
  }

  run(night) {
    return this.start(night).ended;
  }

  /** Looks at a copy, so that looking repairs nothing. */
  integrity() {
    if (!existsSync(join(this.dir, "state/state.db"))) return "ok";
    const copy = join(this.dir, "copy");
    rmSync(copy, { recursive: true, force: true });
    cpSync(join(this.dir, "state"), copy, { recursive: true });
    const db = new DatabaseSync(join(copy, "state.db"));
    try {
      return db.prepare("PRAGMA integrity_check").get().integrity_check;
    } finally {
      db.close();
    }
  }
}

/**
 * What is wrong with what arrived.
 *
 * @param copies how many copies of a message are allowed, and whether all must have the same bytes
 */
function judge(taken, nights, { copies, sameBytes = true }) {
  const wrong = [];
  for (const channel of ["mail", "hook"]) {
    const own = taken
      .filter((one) => one.channel === channel)
      .map((one) => ({ ...one, text: one.body.replaceAll("=\r\n", "") }));
    for (const night of nights) {
      const telling = own.filter(({ text }) => new RegExp(`${addressOf(night)}(?![0-9a-f])`).test(text));
      const ids = new Set(telling.map(({ id }) => id));
      if (ids.size !== 1) wrong.push(`night ${night} stands in ${ids.size} messages of ${channel}`);
    }
    for (const id of new Set(own.map((one) => one.id))) {
      const same = own.filter((one) => one.id === id);
      if (same.length > copies) wrong.push(`${channel} ${id} came ${same.length} times`);
      if (sameBytes && new Set(same.map(({ body }) => body)).size > 1) wrong.push(`${channel} ${id} changed`);
    }
  }
  return wrong;
}

const summary = { random: 0, points: 0, errors: 0, died: 0, copies: 0, skipped: 0, wrong: [] };
function complain(where, problems) {
  for (const problem of problems) {
    summary.wrong.push(`${where}: ${problem}`);
    console.error(`WRONG ${where}: ${problem}`);
  }
}

const countCopies = (taken) => taken.length - new Set(taken.map(({ channel, id }) => `${channel} ${id}`)).size;

/** One machine, night after night: each killed once or twice, and then finished or left to the next night. */
async function randomKills(root, lane, kills) {
  const random = randomOf(options.seed * 100 + lane);
  const server = await receiver();
  const machine = new Machine(join(root, `random-${lane}`), server);
  machine.fail(1);
  const first = performance.now();
  const problems = statusProblems(await machine.run(1));
  if (problems.length > 0) throw new Error(`the run fails without a kill: ${problems[0]}`);
  const usual = performance.now() - first;
  let night = 1;
  for (let done = 0; done < kills && !isLate(); done += 1) {
    night += 1;
    machine.fail(night);
    const { ended, kill } = machine.start(night);
    // Nothing happens while the program loads.
    await Promise.race([delay(usual * (0.2 + random())), ended]);
    kill();
    summary.died += (await ended).signal === "SIGKILL" ? 1 : 0;
    summary.random += 1;
    const health = machine.integrity();
    if (health !== "ok") complain(`lane ${lane}, night ${night}`, [health]);
    // Killed again in the same night; or left to the next one.
    if (random() < 0.3) continue;
    complain(`lane ${lane}, night ${night}`, statusProblems(await machine.run(night)));
  }
  complain(`lane ${lane}, last night`, statusProblems(await machine.run(night + 1)));
  complain(
    `lane ${lane}, seed ${options.seed}`,
    judge(
      server.taken,
      Array.from({ length: night }, (_, i) => i + 1),
      // A kill a night: of what was sent then there is one copy more.
      { copies: 3 },
    ),
  );
  summary.copies += countCopies(server.taken);
  if (countCopies(server.taken) > 2 * summary.random) complain(`lane ${lane}`, ["more copies than kills"]);
  server.close();
}

function statusProblems({ status, signal, err }) {
  return status === 0 && err === "" ? [] : [`ended ${status ?? signal}: ${err}`];
}

/** Calls that change what is on disk, or what a server has. */
const KILLED_AT = [
  "pwrite64",
  "fsync,fdatasync",
  "write,writev",
  "rename,renameat,renameat2",
  "unlink,unlinkat",
  "ftruncate",
  "mkdir,mkdirat",
  "connect",
];
/** Calls that a disk can fail. */
const FAILING = ["pwrite64", "fsync,fdatasync", "ftruncate", "rename,renameat,renameat2", "mkdir,mkdirat"];

/** A machine with a night that was told, and one whose messages wait; then night 3, with a fault in it. */
async function faultPoints(root) {
  const server = await receiver();
  const machine = new Machine(join(root, "points"), server);
  for (const night of [1, 2, 3]) machine.fail(night);
  const state = join(machine.dir, "state");
  const first = statusProblems(await machine.run(1));
  if (first.length > 0) throw new Error(`the run fails without a fault: ${first[0]}`);
  // Killed as soon as something arrives: all is stored by then.
  const second = machine.start(2);
  const arrived = async () => {
    while (server.taken.length < 3) await delay(1);
  };
  await Promise.race([arrived(), second.ended]);
  second.kill();
  await second.ended;
  const told = server.taken.slice(0, 2);
  const saved = join(machine.dir, "saved");
  cpSync(state, saved, { recursive: true });
  const restore = (from) => {
    rmSync(state, { recursive: true, force: true });
    if (from !== undefined) cpSync(from, state, { recursive: true });
    server.taken.splice(0, server.taken.length, ...(from === undefined ? [] : told));
  };

  for (const [name, from, nights] of [
    ["with a state", saved, [1, 2, 3]],
    ["first run", undefined, [3]],
  ]) {
    restore(from);
    const counts = await countCalls(machine, join(root, "calls"));
    const points = [
      ...KILLED_AT.flatMap((calls) => pointsOf(counts, calls).map((k) => ({ calls, fault: `signal=SIGKILL`, k }))),
      ...FAILING.flatMap((calls) =>
        pointsOf(counts, calls).flatMap((k) => [
          { calls, fault: "error=ENOSPC", k },
          { calls, fault: "error=EIO", k },
          // A disk that is full stays full.
          { calls, fault: "error=ENOSPC", k: `${k}+` },
        ]),
      ),
    ];
    for (const [i, { calls, fault, k }] of points.entries()) {
      if (i % options.step !== 0) continue;
      if (isLate()) {
        summary.skipped += 1;
        continue;
      }
      const where = `${name}, ${calls}:${fault}:when=${k}`;
      restore(from);
      const isKill = fault.startsWith("signal");
      const inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${calls}`];
      const end = await machine.start(3, [...inject, "-e", `inject=${calls}:${fault}:when=${k}`]).ended;
      summary[isKill ? "points" : "errors"] += 1;
      if (isKill && end.signal !== null) summary.died += 1;
      if (!isKill && ![0, 65, 73, 75].includes(end.status)) complain(where, statusProblems(end));
      if (!isKill && end.status !== 0 && !end.err.startsWith("logdigest: "))
        complain(where, [`ended ${end.status}: ${end.err}`]);
      const health = machine.integrity();
      if (health !== "ok") complain(where, [health]);
      complain(where, statusProblems(await machine.run(3)));
      // Without its state a run tells the night all the same, in a message that says so, and the next one again.
      complain(where, judge(server.taken, nights, { copies: 2, sameBytes: end.status !== 73 }));
      summary.copies += countCopies(server.taken);
    }
  }
  server.close();
}

/** How often each call is made by the thread that makes it most. */
async function countCalls(machine, path) {
  const names = [...new Set([...KILLED_AT, ...FAILING])].join(",");
  await machine.start(3, ["strace", "-f", "-qq", "-o", path, "-e", `trace=${names}`]).ended;
  const counts = new Map();
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const [, thread, call] = /^(\d+) +(\w+)\(/.exec(line) ?? [];
    if (call === undefined) continue;
    const own = counts.get(call) ?? new Map();
    counts.set(call, own.set(thread, (own.get(thread) ?? 0) + 1));
  }
  return counts;
}

/** strace counts the calls of one set together, for each thread on its own. */
function pointsOf(counts, calls) {
  const sums = new Map();
  for (const call of calls.split(",")) {
    for (const [thread, count] of counts.get(call) ?? []) sums.set(thread, (sums.get(thread) ?? 0) + count);
  }
  return Array.from({ length: Math.max(0, ...sums.values()) }, (_, i) => i + 1);
}

if (!existsSync(program)) throw new Error(`there is no ${program} (npm run build)`);
const root = mkdtempSync(join(tmpdir(), "logdigest-crash-"));
try {
  if (options.random > 0) {
    const lanes = Math.min(availableParallelism(), options.random);
    const share = Math.ceil(options.random / lanes);
    await Promise.all(Array.from({ length: lanes }, (_, lane) => randomKills(root, lane, share)));
  }
  const traces = spawnSync("strace", ["-V"]).status === 0;
  if (options.step > 0 && traces) await faultPoints(root);
} finally {
  rmSync(root, { recursive: true, force: true });
}
summary.seconds = Math.round((performance.now() - began) / 1000);
console.log(JSON.stringify(summary));
process.exitCode = summary.wrong.length === 0 ? 0 : 1;
