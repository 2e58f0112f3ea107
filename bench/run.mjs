// What the program costs beside the tools that it takes the place of:
//
//   npm run bench [-- --data DIR --rounds 3 --mb 100 --groups day,large,quiet,history,mac,gz,start,bounds,growth]
//
// Prints Markdown tables, for docs/performance.md. Every tool is a whole process, run in turn (A B C, A B C, ...), so a
// machine that drifts drifts for all; figures are medians, ratios are taken round by round. The digest of every run must
// say what the generator counted, or its row is void. Needs GNU time; tools that are not installed are left out.
import { execFileSync, spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { cpus, release, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { generate } from "./generate.mjs";

const PROGRAM = process.env.LOGDIGEST ?? fileURLToPath(new URL("../dist/logdigest.js", import.meta.url));
const DATE = "2026-11-19";
const STAMP = "Nov 19";
const MIDDLE = "2026-11-05";

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    rounds: { type: "string", default: "3" },
    mb: { type: "string", default: "100" },
    groups: { type: "string", default: "day,large,quiet,history,mac,gz,start,bounds,growth" },
  },
});
const rounds = Number(values.rounds);
const mb = Number(values.mb);
const data = values.data ?? mkdtempSync(join(tmpdir(), "logdigest-bench-"));
if (!has("/usr/bin/time")) throw new Error("there is no /usr/bin/time (install GNU time)");

const GROUPS = {
  day() {
    const dir = host("day", { mb });
    const [auth, jail] = ["auth.log", "fail2ban.log"].map((name) => log(dir, name));
    table(`One day under attack, auth.log ${mb} MB`, filesOf(dir), [
      ...installed("logwatch", logwatch(dir)),
      ...installed("mawk", mawk(auth)),
      ours(dir),
      ["wc -l", `wc -l ${filesOf(dir).join(" ")}`],
      // As a mail of one's own begins: who got in, then what the watcher said.
      ["grep: logins of the day", `grep -E '(Accepted|SUCCEEDED)' ${auth} | grep -v '192.168.1' | grep '${STAMP}'`],
      ["grep: bans of the day", `grep '${DATE}' ${jail} | grep -E '(WARN|ERR|NOTICE)'`],
      [
        "grep, sort, uniq: failures by address",
        `grep 'Failed password' ${auth} | grep -oE 'from [^ ]+ port' | sort | uniq -c | sort -rn`,
      ],
      ...installed("rg", [
        "rg -c, one pattern",
        `rg -c '^${STAMP} .*sshd.*(message repeated|Accepted|Failed)' ${auth}`,
      ]),
    ]);
  },
  large() {
    const dir = host("large", { mb: 10 * mb, attackers: 30_000 });
    const auth = log(dir, "auth.log");
    table(`One day under attack, auth.log ${10 * mb} MB`, filesOf(dir), [
      ...installed("mawk", mawk(auth)),
      ours(dir),
      ["wc -l", `wc -l ${filesOf(dir).join(" ")}`],
    ]);
  },
  quiet() {
    const dir = host("quiet", { mb: 3 * mb, layout: "quiet" });
    table(`A day of system.log in which one line in a thousand matters, ${3 * mb} MB`, filesOf(dir), [
      ["wc -l", `wc -l ${log(dir, "system.log")}`],
      ours(dir),
    ]);
  },
  history() {
    const size = 30 * mb;
    for (const [name, layout] of [
      ["auth.log", "attack"],
      ["system.log", "quiet"],
    ]) {
      const [one, month] = [1, 30].map((days) => host(`${layout}${days}`, { mb, days, layout }));
      table(`A day of ${mb} MB in a month of ${name}, ${size} MB`, filesOf(month), [
        ["grep -c: lines of the day", `grep -c '^${STAMP}' ${log(month, name)}`],
        ["logdigest report, that day alone in the file", report(one, DATE), one, DATE],
        ["logdigest report, the last day of the month", report(month, DATE), month, DATE],
        ["logdigest report, a day in its middle", report(month, MIDDLE), month, MIDDLE],
      ]);
    }
  },
  mac() {
    const dir = host("mac", { mb, days: 30, layout: "mac" });
    const [system, secure, packets, jail] = ["system.log", "secure.log", "ipfw.log", "fail2ban.log"].map((name) =>
      log(dir, name),
    );
    // The pipes that such a machine's nightly mail is made of.
    const pipes = [
      `cat ${system} | grep '${STAMP}' | grep org.fail2ban | grep -v COMMAND`,
      `cat ${jail} | grep -E '(WARN|ERR|rotation|target)' | grep ${DATE}`,
      `cat ${packets} | grep TCP | grep '${STAMP}'`,
      `cat ${secure} | grep VNC | grep FAILED | grep '${STAMP}'`,
      `cat ${secure} | grep -E '(Accepted|SUCCEEDED)' | grep -v '192.168.1' | grep '${STAMP}'`,
    ];
    table(`A day of ${mb} MB in a month of a Mac server's four logs`, filesOf(dir), [
      ["cat, grep, grep: five pipes", pipes.join("; ")],
      ["cat of the four logs", `cat ${system} ${secure} ${packets} ${jail} > /dev/null`],
      ours(dir),
    ]);
  },
  bounds() {
    const dir = host("longline", { mb: mb / 10 });
    const auth = log(dir, "auth.log");
    if (statSync(auth).size < 2e8) {
      appendFileSync(auth, "x".repeat(2e8));
      appendFileSync(auth, "\n");
    }
    const keys = host("keys", { mb: 4 * mb, attackers: 3e7 });
    table(
      "Memory",
      [],
      [
        ["a line of 200 MB", report(dir, DATE), dir],
        [`${4 * mb} MB, nearly every try from another address`, report(keys, DATE), keys],
      ],
    );
  },
  gz() {
    const dir = host("gz", { mb, days: 2, gz: true });
    const packed = filesOf(dir).filter((path) => path.endsWith(".gz"));
    table(`A day that lies in compressed rotations, ${mb} MB of auth.log`, packed, [
      ["zcat > /dev/null", `zcat ${packed.join(" ")} > /dev/null`],
      ours(dir, "2026-11-18"),
    ]);
  },
  start() {
    const dir = join(data, "empty");
    mkdirSync(join(dir, "var/log"), { recursive: true });
    for (const name of ["auth.log", "fail2ban.log"]) writeFileSync(log(dir, name), "");
    table(
      "Before anything is read",
      [],
      [
        ["node -e 0", `'${process.execPath}' -e 0`],
        ["logdigest --help", `'${process.execPath}' '${PROGRAM}' --help`],
        ["logdigest report, empty logs", report(dir, DATE)],
        ...installed("logwatch", logwatch(dir)),
      ],
    );
  },
  growth() {
    const rows = [];
    for (const size of [mb / 10, (4 * mb) / 10, (16 * mb) / 10]) {
      rows.push([`a day of ${size} MB`, host(`size${size}`, { mb: size })]);
    }
    for (const days of [1, 10]) {
      rows.push([`${mb / 10} MB a day, ${days} days in the file`, host(`history${days}`, { mb: mb / 10, days })]);
    }
    for (const attackers of [1e3, 1e4, 1e5, 1e6, 1e7]) {
      rows.push([`${mb} MB of ${attackers.toLocaleString("en")} attackers`, host(`of${attackers}`, { mb, attackers })]);
    }
    const tools = rows.map(([name, dir]) => [name, report(dir, DATE), dir]);
    table("Growth", [], tools);
  },
};

console.log(
  `${execFileSync("date", ["+%F"]).toString().trim()}, ${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.version}, ${rounds} rounds\n`,
);
for (const name of values.groups.split(",")) GROUPS[name]();
if (values.data === undefined) rmSync(data, { recursive: true });

/** Makes a host's logs, once. */
function host(name, options) {
  const dir = join(data, `${name}-${mb}`);
  if (!existsSync(join(dir, "truth.json"))) generate({ out: dir, end: DATE, ...options });
  return dir;
}

function log(dir, name) {
  return join(dir, "var/log", name);
}

function filesOf(dir) {
  return readdirSync(join(dir, "var/log")).map((name) => log(dir, name));
}

function has(program) {
  return spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

function installed(program, row) {
  return has(program) ? [row] : [];
}

function report(dir, date) {
  return `'${process.execPath}' '${PROGRAM}' report --stdout --format json --all --time-zone UTC --date ${date} --root '${dir}'`;
}

function ours(dir, date = DATE) {
  return ["logdigest report", report(dir, date), dir, date];
}

/** The facts of sshd alone, in one pass: failures by address and name, logins. */
function mawk(auth) {
  const program = `
    index($0, "${STAMP}") != 1 || substr($5, 1, 5) != "sshd[" { next }
    $6 == "Failed" || $6 == "message" {
      n = 1; b = $0
      sub(/^.*: (message repeated [0-9]+ times: \\[ )?Failed [^ ]+ for (invalid user )?/, "", b)
      if ($6 == "message") n = $8 + 0
      sub(/ port [0-9]+ ssh2.*$/, "", b); i = match(b, / from [^ ]+$/); if (!i) next
      user[substr(b, 1, i - 1)] += n; address[substr(b, i + 6)] += n; f += n; next }
    $6 == "Accepted" { ok++; from[$11]++ }
    END { print f, ok; for (k in address) print address[k], k; for (k in user) print user[k], k; for (k in from) print from[k], k }`;
  writeFileSync(join(data, "facts.awk"), program);
  return ["mawk, the facts of sshd alone", `mawk -f '${join(data, "facts.awk")}' '${auth}'`];
}

function logwatch(dir) {
  const services = "--service sshd --service fail2ban --detail high";
  return [
    "logwatch, sshd and fail2ban",
    `logwatch --logdir '${join(dir, "var/log")}' ${services} --range all --numeric --output stdout`,
  ];
}

/** Runs the tools in turn and prints their medians. Ratios are to the first one. */
function table(title, files, tools) {
  const runs = tools.map(() => []);
  const isVoid = tools.map(() => false);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, [, command, dir, date]] of tools.entries()) {
      const run = measure(command);
      // The first round warms the page cache.
      if (round > 0) runs[i].push(run);
      if (dir !== undefined) isVoid[i] ||= !isTrue(run.output, dir, date ?? DATE);
    }
  }
  const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0);
  console.log(`### ${title}${bytes > 0 ? ` (${Math.round(bytes / 1e6)} MB in all)` : ""}\n`);
  console.log("| | wall s | CPU s | CPU ratio | wall ratio | peak MiB |\n|---|---:|---:|---:|---:|---:|");
  for (const [i, [name]] of tools.entries()) {
    const of = (value) => median(runs[i].map(value));
    const ratio = (value) => median(runs[i].map((run, round) => value(run) / Math.max(0.001, value(runs[0][round]))));
    const cells = [
      of(({ wall }) => wall).toFixed(2),
      of(({ cpu }) => cpu).toFixed(2),
      ratio(({ cpu }) => cpu).toFixed(2),
      ratio(({ wall }) => wall).toFixed(2),
      of(({ kib }) => kib / 1024).toFixed(0),
    ];
    console.log(`| ${name}${isVoid[i] ? " (void: not the truth)" : ""} | ${cells.join(" | ")} |`);
  }
  console.log();
}

/** Runs a command line. CPU time and peak memory are those of all its processes, and of the largest. */
function measure(command) {
  const result = join(data, "time");
  const { stdout } = spawnSync("/usr/bin/time", ["-o", result, "-f", "%e %U %S %M", "sh", "-c", command], {
    env: { ...process.env, LC_ALL: "C" },
    maxBuffer: 2 ** 30,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [wall, user, system, kib] = readFileSync(result, "utf8").trim().split("\n").at(-1).split(" ").map(Number);
  return { wall, cpu: user + system, kib, output: stdout };
}

/** True when the digest's totals are those that the generator counted; a total above a cap must say "at least". */
function isTrue(output, dir, date) {
  const truth = JSON.parse(readFileSync(join(dir, "truth.json"), "utf8")).find((day) => day.date === date);
  let digest;
  try {
    digest = JSON.parse(output.toString());
  } catch {
    return false;
  }
  return Object.entries(truth).every(([name, count]) => {
    const told = digest.totals[name];
    return name === "date" || told === count || (digest.atLeast.includes(name) && told < count);
  });
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
