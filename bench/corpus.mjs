// What the built program makes of logs that others wrote, against what those others say of them:
//
//   npm run corpus -- ../shared
//
// The folder holds corpus/ (logs with `*.expected.jsonl`, the peers' own claims, and `*.fail2ban.jsonl`, what fail2ban
// reports), corpus-macos/, corpus-real/ (with the truth), corpus-journal/ and hostile/. Nothing of it is copied here.
// Exits 1 below 99 % of the claims, with a hostile case that differs, with a total that does, or with a login whose
// connection has other tries than the truth.
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";

const PROGRAM = process.env.LOGDIGEST ?? fileURLToPath(new URL("../dist/logdigest.js", import.meta.url));
const ENOUGH = 0.99;
const root = resolve(process.argv[2] ?? "../shared");
if (!existsSync(join(root, "corpus"))) {
  console.error(`usage: npm run corpus -- DIR: there is no ${join(root, "corpus")}`);
  process.exit(64);
}

/** The peers' kinds of claim, and which of our kinds each of them is. `undefined`: nothing of ours corresponds. */
const TRY = ["login.failure", "login.invalid-user", "login.denied", "probe"];
const KINDS = {
  "login.success": ["login.success"],
  "login.failure": TRY, // fail2ban and CrowdSec call every line that counts for a ban a failure
  "login.denied": ["login.denied"],
  "invalid.user": ["login.invalid-user"],
  "pam.failure": ["login.failure", "privilege.failure"],
  "pam.more.failures": ["login.failure"],
  probe: TRY, // of fail2ban's aggressive mode
  disconnect: ["probe", "session.close"],
  "reverse.dns": ["probe"],
  "session.open": ["session.open", "login.success"],
  "session.close": ["session.close"],
  sudo: ["privilege.success"],
  "sudo.failure": ["privilege.failure"],
  "sudo.denied": ["privilege.failure"],
  su: ["privilege.success"],
  "su.failure": ["privilege.failure"],
  "user.create": ["account"],
  "group.create": ["account"],
  "password.changed": ["account"],
  "account.locked": ["account"],
  ban: ["ban"],
  unban: ["unban"],
  "ban.already": ["ban.already"],
  "ban.restore": ["ban.restored"],
  "fail2ban.found": ["ban.found"],
  rotation: ["service"],
  service: ["service"],
  warning: ["service"],
  error: ["service"],
  "firewall.block": ["firewall.block"],
  "firewall.allow": ["firewall.allow"],
  "firewall.audit": undefined,
  "firewall.log": undefined, // logged; the peer does not say blocked
  "session.other": undefined,
  "screen.lock": undefined,
  "screen.unlock": undefined,
  "tcc.allowed": undefined,
  "tcc.denied": undefined,
  other: undefined,
  "not.rule": undefined,
  "not.counted.by.recidive": undefined,
};
/** What a line must not be of which a peer says that it is no failure, or that it does not parse. */
const FORBIDDEN = {
  "not.login.failure": ["ban"],
  "not.parsed": [
    "login.success",
    "login.failure",
    "login.invalid-user",
    "login.denied",
    "firewall.block",
    "firewall.allow",
  ],
};
/** Files of noise: kinds that none of their lines is. */
const ALARMS = /^(login\.|ban|unban|firewall\.|privilege\.|sftp)/;

/** Lines of corpus-macos by their words: which kind each is. */
const MACOS = [
  [/screensharingd?\[.*Authentication: SUCCEEDED ::/, "login.success"],
  [/screensharingd?\[.*Authentication: FAILED ::/, "login.failure"],
  [/sshd(-session)?(\[[\d:]+\])?:? .*?Accepted \S+ for /, "login.success"],
  [/sshd(-session)?(\[[\d:]+\])?:? .*?(Failed (password|keyboard-interactive\S*) for|error: PAM: )/, "login.failure"],
  [/sshd(-session)?(\[[\d:]+\])?:? .*?Invalid user /, "login.invalid-user"],
  [/sshd(-session)?(\[[\d:]+\])?:? .*?(maximum authentication attempts exceeded|not allowed because)/, "login.denied"],
  [/sshd(-session)?(\[[\d:]+\])?:? .*?(Did not receive identification|Bad protocol version)/, "probe"],
  [/sudo\[[\d:]+\]:? .*incorrect password attempt/, "privilege.failure"],
  [/sudo\[\d+\]: .* ; COMMAND=/, "privilege.success"],
  [/(ipfw: .* (Deny|Reset|Reject|Refuse|Unreach) |Stealth Mode connection attempt)/, "firewall.block"],
  [/socketfilterfw\[\d+\] <Info>: .*: Deny (TCP|UDP) (LISTEN|CONNECT)/, "firewall.block"],
  [/NOTICE\s+\[\S+\] Ban |WARNING\s+\[\S+\] Ban /, "ban"],
  [/\] Unban /, "unban"],
  [/\] Restore Ban /, "ban.restored"],
  [/ Found [\d.]+/, "ban.found"],
  [/(USER_PROCESS): \d+/, "session.open"],
  [/(DEAD_PROCESS): \d+/, "session.close"],
];

const run = promisify(execFile);
const problems = [];
const temporary = mkdtempSync(join(tmpdir(), "logdigest-corpus-"));
try {
  await claims();
  macos();
  await real();
  await letIn();
  await totals();
  await beside();
  journal();
  await hostile();
} finally {
  rmSync(temporary, { recursive: true });
}
for (const problem of problems) console.log(`FAILED: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;

/** Runs `parse` over files and returns the events of each. */
function eventsOf(files, zone = "UTC", more = []) {
  const args = [PROGRAM, "parse", "--time-zone", zone, ...more, ...files];
  let out;
  try {
    out = execFileSync(process.execPath, args, { maxBuffer: 2 ** 31 - 1, stdio: ["ignore", "pipe", "ignore"] });
  } catch (error) {
    if (![65, 66].includes(error.status)) throw error;
    out = error.stdout;
  }
  const byFile = new Map(files.map((file) => [file, new Map()]));
  let from = 0;
  for (;;) {
    const to = out.indexOf(10, from);
    if (to < 0) return byFile;
    const event = JSON.parse(out.toString("utf8", from, to));
    byFile.get(event.file)?.set(event.line, event);
    from = to + 1;
  }
}

function rowsOf(file) {
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

function filesUnder(folder, ending) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();
}

async function digestOf(args, format = "json") {
  const all = [PROGRAM, "report", "--stdout", "--format", format, "--all", ...args];
  const { stdout } = await run(process.execPath, all, { maxBuffer: 2 ** 28 }).catch((error) => error);
  return format === "json" ? JSON.parse(stdout) : stdout;
}

/** Every claim of corpus/: hits of total by kind, and the misses by their reason. */
async function claims() {
  const table = new Map();
  const misses = new Map();
  const count = (kind, isHit) => {
    const row = table.get(kind) ?? { hits: 0, total: 0 };
    row.total++;
    if (isHit) row.hits++;
    table.set(kind, row);
  };
  const filter = { hits: 0, total: 0 };
  const miss = (reason, where) => misses.set(reason, [...(misses.get(reason) ?? []), where]);

  for (const claimed of filesUnder(join(root, "corpus"), ".expected.jsonl")) {
    const file = claimed.slice(0, -".expected.jsonl".length);
    const name = relative(root, file);
    const events = eventsOf([file]).get(file);
    const lines = linesOf(file);
    for (const claim of rowsOf(claimed)) {
      const { kind, line } = claim;
      const event = events.get(line);
      if (kind === "overflow") {
        const seen = new Set([...events.values()].map(addressOf));
        for (const source of claim.sources) {
          count(kind, seen.has(source));
          if (!seen.has(source)) miss("source of an overflow not seen", `${name} ${source}`);
        }
        continue;
      }
      if (kind === undefined) {
        // A file of noise, or a line that a peer only sorted into a template.
        if (!name.includes("Mac_")) continue;
        const isQuiet = event === undefined || !ALARMS.test(event.kind);
        count("(noise)", isQuiet);
        if (!isQuiet) miss("noise taken for an event", `${name}:${line} ${event.kind}`);
        continue;
      }
      const reason = whyNot(claim, event, lines);
      count(kind, reason === undefined);
      if (reason !== undefined) miss(reason, `${name}:${line} ${kind}, ours ${event?.kind ?? "none"}`);
    }
  }
  for (const claimed of filesUnder(join(root, "corpus"), ".fail2ban.jsonl")) {
    const file = claimed.slice(0, -".fail2ban.jsonl".length);
    const events = eventsOf([file]).get(file);
    const lines = linesOf(file);
    for (const claim of rowsOf(claimed)) {
      const reason = whyNot({ ...claim, kind: "login.failure", user: undefined }, events.get(claim.line), lines);
      filter.total++;
      if (reason === undefined) filter.hits++;
      if (reason !== undefined) {
        miss(reason, `${relative(root, file)}:${claim.line} fail2ban, ours ${events.get(claim.line)?.kind ?? "none"}`);
      }
    }
  }

  let hits = 0;
  let total = 0;
  console.log("claims of the peers                hits   total");
  for (const [kind, row] of [...table].sort()) {
    console.log(`  ${kind.padEnd(28)} ${String(row.hits).padStart(8)} ${String(row.total).padStart(7)}`);
    hits += row.hits;
    total += row.total;
  }
  console.log(
    `  ${"all".padEnd(28)} ${String(hits).padStart(8)} ${String(total).padStart(7)}  ${percent(hits / total)}`,
  );
  for (const [reason, places] of misses) {
    console.log(`  missed, ${reason}: ${places.length}`);
    for (const place of places.slice(0, 12)) console.log(`    ${place}`);
  }
  console.log(`fail2ban's sshd filter: ${filter.hits} of ${filter.total}  ${percent(filter.hits / filter.total)}`);
  if (hits < ENOUGH * total) problems.push(`${percent(hits / total)} of the claims`);
  if (filter.hits < ENOUGH * filter.total) problems.push(`${percent(filter.hits / filter.total)} of fail2ban's filter`);
}

function linesOf(file) {
  const bytes = readFileSync(file);
  return (file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1").split("\n");
}

/** Asks the program why it makes nothing of a line, alone in a file. */
function whyNothing(line) {
  const file = join(temporary, "line.log");
  writeFileSync(file, Buffer.from(line, "latin1"));
  const args = [PROGRAM, "parse", "--explain", "--time-zone", "UTC", file];
  const out = execFileSync(process.execPath, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return out === "" ? "known, carries no event" : JSON.parse(out.split("\n", 1)[0]).why;
}

/** Returns why an event is not what a claim says, or undefined when it is. */
function whyNot(claim, event, lines) {
  const { kind, line } = claim;
  if (kind in FORBIDDEN) {
    return event !== undefined && FORBIDDEN[kind].includes(event.kind) ? "taken for what it is not" : undefined;
  }
  if (kind === "repeated") return event?.repeat > 1 ? undefined : "repetition not counted";
  if (!(kind in KINDS)) return `kind ${kind} is in no table`;
  const ours = KINDS[kind];
  if (ours === undefined) return undefined;
  const text = lines[line - 1];
  if (event === undefined) return whyNothing(text);
  if (claim.attempts > 0 && event.kind === "login.success") return "a failure that is told at a later line";
  if (!ours.includes(event.kind)) return "another kind";
  const stated = claim.ip ?? undefined;
  if (stated !== undefined && addressOf(event) === undefined) {
    // The line states none: the digest knows it by the connection, and so does fail2ban.
    const tag = `[${event.procId}]`;
    return lines.some((other) => other.includes(tag) && other.includes(stated)) ? undefined : "no address";
  }
  if (stated !== undefined && !sameAddress(stated, event)) return "another address";
  if (typeof claim.user === "string" && event.user !== undefined && claim.user !== event.user) return "another user";
  return undefined;
}

function addressOf(event) {
  return event.ip ?? event.host;
}

function sameAddress(stated, event) {
  const ours = addressOf(event);
  return ours === stated || ours === plainAddress(stated);
}

/** As WHATWG's URL writes it; a mapped IPv4 address alone. */
function plainAddress(text) {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text)?.[1];
  if (mapped !== undefined) return mapped;
  try {
    return text.includes(":") ? new URL(`http://[${text}]/`).hostname.slice(1, -1) : text;
  } catch {
    return text;
  }
}

/** corpus-macos states nothing of its lines: their own words do. */
function macos() {
  const folder = join(root, "corpus-macos");
  let hits = 0;
  let total = 0;
  const missed = [];
  for (const file of [...filesUnder(folder, ".log"), ...filesUnder(folder, ".txt")]) {
    const events = eventsOf([file]).get(file);
    readFileSync(file, "utf8")
      .split("\n")
      .forEach((text, index) => {
        const kind = MACOS.find(([words]) => words.test(text))?.[1];
        if (kind === undefined) return;
        total++;
        const event = events.get(index + 1);
        if (event?.kind === kind) hits++;
        else missed.push(`${relative(root, file)}:${index + 1} ${kind}, ours ${event?.kind ?? "none"}`);
      });
  }
  console.log(`corpus-macos: ${hits} of ${total}`);
  for (const place of missed) console.log(`    ${place}`);
  if (hits < ENOUGH * total) problems.push(`corpus-macos: ${hits} of ${total}`);
}

/** What a person did is known: tries of each address, in three formats of the same lines. */
async function real() {
  for (const name of ["info", "verbose", "reduce"]) {
    const folder = join(root, "corpus-real", name);
    if (!existsSync(folder)) continue;
    const truth = rowsOf(join(folder, "truth.jsonl")).filter(({ sshdPort }) => sshdPort !== 2200);
    const [bsd, iso, rfc5424] = await Promise.all(
      ["auth.log", "auth-iso.log", "auth-5424.log"].map((log) =>
        digestOf(["--time-zone", "UTC", "--log", join(folder, log)]),
      ),
    );
    const rows = (digest) =>
      new Map(digest.sections.find(({ id }) => id === "failures").groups.map((g) => [g.ip, g.count]));
    const ours = rows(bsd);
    for (const [format, digest] of [
      ["ISO", iso],
      ["RFC 5424", rfc5424],
    ]) {
      const same =
        JSON.stringify([digest.totals, [...rows(digest)].sort()]) === JSON.stringify([bsd.totals, [...ours].sort()]);
      if (!same) problems.push(`corpus-real/${name}: ${format} gives other counts`);
    }
    const tries = new Map();
    const spare = new Map();
    for (const action of truth) {
      if (action.src === undefined) continue;
      tries.set(action.src, (tries.get(action.src) ?? 0) + triesOf(action));
      // In its last minute fail2ban cut connections before the last line of each was written.
      const isCut = /\.51$/.test(action.src) || (action.src.includes(":") && action.user === "guest");
      if (isCut) spare.set(action.src, (spare.get(action.src) ?? 0) + 1);
    }
    const differing = [...tries].filter(([ip, count]) => {
      const got = ours.get(ip) ?? 0;
      return got > count || got < count - (name === "reduce" ? 0 : Math.min(3, spare.get(ip) ?? 0));
    });
    const strangers = [...ours.keys()].filter((ip) => !tries.has(ip));
    console.log(
      `corpus-real/${name}: ${tries.size - differing.length} of ${tries.size} addresses, ${bsd.totals.failures} tries, ${bsd.totals.logins} logins`,
    );
    for (const [ip, count] of differing)
      problems.push(`corpus-real/${name}: ${ip} has ${ours.get(ip) ?? 0} tries, truth ${count}`);
    if (strangers.length > 0) problems.push(`corpus-real/${name}: nobody came from ${strangers.join(", ")}`);
    const own = join(folder, "sshd-E.log");
    if ([...eventsOf([own]).get(own).values()].some(({ kind }) => kind === "login.success")) {
      problems.push(`corpus-real/${name}: a login from sshd-E.log`);
    }
  }
}

/** A connection that ended in a login has the tries that the truth names before it, and no more: each alone in a log. */
async function letIn() {
  const folder = join(root, "corpus-real/verbose");
  if (!existsSync(folder)) return;
  const lines = linesOf(join(folder, "auth.log"));
  const wanted = new Map();
  const sources = new Set();
  for (const { src, port, attempts } of rowsOf(join(folder, "truth.jsonl"))) {
    const results = (attempts ?? []).map((each) => (typeof each === "string" ? each : each.result));
    sources.add(src);
    if (port !== undefined) wanted.set(`${src} port ${port}`, results.filter((each) => each === "failed").length);
  }
  const connections = [];
  for (const line of lines) {
    const [, pid, peer] = / sshd\[(\d+)\]: Accepted \S+ for .* from (\S+ port \d+) ssh2/.exec(line) ?? [];
    // Where nobody came from, the line is what a local user wrote with logger(1). Key logins have no port in the truth,
    // and no guess.
    if (pid !== undefined && sources.has(peer.split(" ", 1)[0]))
      connections.push({ pid, peer, tries: wanted.get(peer) ?? 0 });
  }
  let good = 0;
  for (const [index, { pid, peer, tries }] of connections.entries()) {
    // Its own process, and the children that speak of the same port.
    const pids = new Set([pid]);
    for (const line of lines) {
      if (line.includes(` ${peer}`)) pids.add(/ sshd\[(\d+)\]: /.exec(line)?.[1]);
    }
    const file = join(temporary, `connection-${index}.log`);
    const own = lines.filter((line) => pids.has(/ sshd\[(\d+)\]: /.exec(line)?.[1]));
    writeFileSync(file, `${own.join("\n")}\n`, "latin1");
    const { totals: got } = await digestOf(["--time-zone", "UTC", "--log", file]);
    if (got.failures === tries) good++;
    else problems.push(`corpus-real/verbose: ${peer} was let in, has ${got.failures} tries, truth ${tries}`);
  }
  console.log(`corpus-real/verbose: ${good} of ${connections.length} connections that were let in`);
}

/** Beside fail2ban's sshd filter: what each counts of the same file, and what fail2ban's lines are to us. */
async function beside() {
  console.log("beside fail2ban's sshd filter (docs/counting.md says why)");
  for (const claimed of filesUnder(join(root, "corpus"), ".fail2ban.jsonl")) {
    const file = claimed.slice(0, -".fail2ban.jsonl".length);
    const theirs = rowsOf(claimed);
    if (theirs.length === 0) continue;
    const digest = await digestOf(["--time-zone", "UTC", "--log", file]);
    const failures = digest.sections.find(({ id }) => id === "failures");
    const events = eventsOf([file]).get(file);
    const kinds = new Map();
    for (const { line } of theirs) {
      const kind = events.get(line)?.kind ?? "none";
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    const { failures: tries, denied, probes } = digest.totals;
    const addresses = failures.groups.length + failures.more;
    const isSame = theirs.length === tries;
    console.log(`  ${isSame ? "same " : "other"} ${relative(join(root, "corpus"), file)}`);
    console.log(`        fail2ban ${theirs.length} lines of ${new Set(theirs.map(({ ip }) => ip)).size} addresses:`);
    for (const [kind, count] of [...kinds].sort((a, b) => b[1] - a[1])) {
      console.log(`          ${String(count).padStart(6)} ${kind}`);
    }
    console.log(`        ours     ${tries} tries of ${addresses} addresses, ${denied} denied, ${probes} probes`);
  }
}

/** Tries of one connection: the larger of its refused guesses, and 1 when it named a user and was not let in. */
function triesOf({ kind, user, attempts = [], rc }) {
  if (/^(raw|account|kex-|grace-|sudo|su-|forged|fail2ban|sftp)/.test(kind)) return 0;
  // A name with a NUL never reaches the authentication.
  if (user?.includes("\0")) return 0;
  const results = attempts.map((each) => (typeof each === "string" ? each : each.result));
  const isIn = results.includes("accepted") || rc === 0;
  return Math.max(results.filter((each) => each === "failed").length, isIn ? 0 : 1);
}

/** Totals that a digest over one whole file must give, counted by hand in corpus/README.md. */
async function totals() {
  const wanted = [
    ["corpus/loghub/OpenSSH_2k.log", { logins: 1 }, { verdicts: 532 }],
    ["corpus/authlog/2014-cs102-auth.log", { logins: 3, failures: 179 }, { verdicts: 179 }],
    ["corpus/server-dir/auth.log", { logins: 1, failures: 2001 }, {}],
    ["corpus/server-dir/ufw.log", { firewallBlocks: 1832 }, { sources: 765 }],
    ["corpus/fail2banlog/0.8.6-cs102.log", { bans: 4, bannedAddresses: 3, unbans: 1 }, {}],
    ["corpus/fail2banlog/0.9.5-0.10.4-guilbod.log", { bans: 8 }, {}],
    ["corpus/fail2banlog/2020-plesk-ajaykumar011.log", { bans: 64, unbans: 75 }, {}],
  ];
  for (const [name, digestTotals, counted] of wanted) {
    const file = join(root, name);
    if (!existsSync(file)) continue;
    const digest = await digestOf(["--time-zone", "UTC", "--log", file]);
    const events = [...eventsOf([file]).get(file).values()];
    const got = {
      ...digest.totals,
      // Lines of sshd that say Failed, with their repetitions; a connection's tries are fewer or more.
      verdicts: events
        .filter(
          ({ kind, method, appName }) =>
            kind === "login.failure" &&
            method !== undefined &&
            appName === "sshd" &&
            method !== "keyboard-interactive/pam",
        )
        .reduce((sum, { repeat = 1 }) => sum + repeat, 0),
      sources: new Set(events.map(addressOf)).size,
    };
    for (const [key, want] of Object.entries({ ...digestTotals, ...counted })) {
      if (got[key] !== want) problems.push(`${name}: ${key} ${got[key]}, must be ${want}`);
    }
  }
  console.log(`totals of whole files: ${wanted.length} files`);
}

/** A real journal, where this machine has a journalctl. */
function journal() {
  const packed = join(root, "corpus-journal/fleet-small.journal.gz");
  if (!existsSync(packed)) return;
  const file = join(temporary, "fleet.journal");
  const records = join(temporary, "fleet.json");
  try {
    writeFileSync(file, execFileSync("gunzip", ["-c", packed], { maxBuffer: 2 ** 28 }));
    const args = ["--file", file, "-q", "-a", "-o", "json", "--no-pager"];
    writeFileSync(
      records,
      execFileSync("journalctl", args, { maxBuffer: 2 ** 28, stdio: ["ignore", "pipe", "ignore"] }),
    );
  } catch {
    console.log("corpus-journal: skipped, there is no journalctl that reads it");
    return;
  }
  const expected = JSON.parse(readFileSync(join(root, "corpus-journal/expected.json"), "utf8"));
  const events = [...eventsOf([records]).get(records).values()];
  const byDay = (test) => {
    const days = {};
    for (const event of events.filter(test)) days[event.time.slice(0, 10)] = (days[event.time.slice(0, 10)] ?? 0) + 1;
    return days;
  };
  const accepted = { ...expected.accepted_by_day };
  // One of them is what logger(1) wrote.
  accepted["2026-11-17"] -= expected.forged_sshd;
  for (const [what, want, got] of [
    ["logins", accepted, byDay(({ kind }) => kind === "login.success")],
    ["failures", expected.failed_by_day, byDay(({ kind }) => kind === "login.failure")],
    ["blocks", expected.ufw_by_day, byDay(({ kind }) => kind === "firewall.block")],
  ]) {
    const isSame = Object.entries(want).every(([day, count]) => (got[day] ?? 0) === count);
    if (!isSame)
      problems.push(`corpus-journal: ${what} by day ${JSON.stringify(got)}, must be ${JSON.stringify(want)}`);
  }
  console.log(`corpus-journal: ${events.length} events of ${expected.entries} records`);
}

/** The hostile cases: their events, whom they blame, their tries, and what must never reach a reader. */
async function hostile() {
  const ours = {
    "ssh.failed": "login.failure",
    "ssh.accepted": "login.success",
    "ssh.invalid_user": "login.invalid-user",
    "ssh.preauth_close": "probe",
    "ssh.max_attempts": "login.denied",
    "ssh.denied": "login.denied",
    "ssh.probe": "probe",
    "pam.failure": "login.failure",
    "pam.more": "login.failure",
    "sudo.run": "privilege.success",
    "sudo.failed": "privilege.failure",
    "sudo.denied": "privilege.failure",
    "su.failed": "privilege.failure",
    "f2b.ban": "ban",
    "f2b.unban": "unban",
    "f2b.restore": "ban.restored",
    "f2b.already": "ban.already",
    "f2b.found": "ban.found",
    "f2b.error": "service",
    "fw.block": "firewall.block",
  };
  const fields = {
    user: "user",
    ip: "ip",
    port: "port",
    method: "method",
    jail: "jail",
    proto: "protocol",
    dstPort: "destinationPort",
    target: "target",
  };
  const cases = rowsOf(join(root, "hostile/lines.jsonl"));
  let good = 0;
  const queue = cases.map((each, index) => ({ each, index }));
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const wrong = await differences(next.each, join(temporary, `${next.index}.log`));
      if (wrong.length === 0) good++;
      else problems.push(`hostile ${next.each.id} (${next.each.class}): ${wrong.join("; ").slice(0, 400)}`);
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  console.log(`hostile: ${good} of ${cases.length}`);

  async function differences({ raw, rawBase64, class: group, context = {}, expect }, file) {
    writeFileSync(file, raw === undefined ? Buffer.from(rawBase64, "base64") : Buffer.from(raw));
    const zone = context.tz ?? "UTC";
    const written = new Date(context.now ?? "2026-11-20T12:00:00Z");
    utimesSync(file, written, written);
    const wrong = [];
    let events = [...eventsOf([file], zone).get(file).values()];
    if (context.window !== undefined) {
      const [from, to] = context.window.map(Date.parse);
      events = events.filter(({ time }) => time !== null && Date.parse(time) >= from && Date.parse(time) < to);
    }
    // A watcher's own notes are no attack: where nothing is expected they are nothing.
    if (expect.events.length === 0) events = events.filter(({ kind }) => kind !== "service");
    const want = expect.events.filter(({ kind }) => kind !== "repeat");
    const repeats = expect.events.length - want.length;
    const isEither = /event .* or counted as unparsed/.test(expect.note ?? "");
    const expected = want.length + (want.length > 0 ? repeats : 0);
    if (events.length !== expected && !(isEither && events.length === 1)) {
      wrong.push(`${events.length} events instead of ${expected}: ${events.map(({ kind }) => kind).join(", ")}`);
    }
    want.forEach((each, i) => {
      const event = events[i];
      if (event === undefined) return;
      if (ours[each.kind] !== event.kind) wrong.push(`${event.kind} instead of ${each.kind}`);
      // Where syslog cut the address off, it cut into the name before it.
      const isCut = typeof each.ip === "string" && each.ip.startsWith("(cut off");
      for (const [theirs, name] of Object.entries(fields)) {
        if (isCut && theirs === "user") continue;
        if (theirs in each && !isSame(each[theirs], event[name]))
          wrong.push(`${name} ${event[name]} instead of ${each[theirs]}`);
      }
      if ("host" in each && each.host !== event[group === "host" ? "hostname" : "host"])
        wrong.push(`host instead of ${each.host}`);
      if ("invalidUser" in each && each.invalidUser !== (event.invalidUser ?? false)) wrong.push("invalidUser");
      if ("count" in each && each.count !== (event.repeat ?? 1))
        wrong.push(`${event.repeat ?? 1} times instead of ${each.count}`);
      if ("time" in each && !isSameTime(each.time, event.time)) wrong.push(`${event.time} instead of ${each.time}`);
    });
    for (const address of expect.mustNotAttributeTo ?? []) {
      if (events.some((event) => event.ip === address)) wrong.push(`blames ${address}`);
    }
    const args = ["--time-zone", zone, "--log", file];
    if (expect.attempts !== undefined) {
      const { totals } = await digestOf(args);
      if (totals.failures !== expect.attempts) wrong.push(`${totals.failures} tries instead of ${expect.attempts}`);
    }
    for (const format of ["text", "html"]) {
      const shown = await digestOf(args, format);
      const never = [
        ...(expect.mustNotContain?.[format] ?? []),
        ...(format === "text" ? (expect.mustNotContain?.terminal ?? []) : []),
      ];
      for (const words of never) if (shown.includes(words)) wrong.push(`${format} contains ${JSON.stringify(words)}`);
    }
    return wrong;
  }

  /** `(...)` leaves a field open, `A or B` accepts either. */
  function isSame(wanted, got) {
    if (typeof wanted !== "string") return wanted === got;
    return wanted.startsWith("(") || wanted.split(" or ").includes(String(got)) || wanted === got;
  }

  function isSameTime(wanted, got) {
    const [first, other] = wanted.replace(")", "").split(" (or ");
    const accepted = [
      first,
      ...(other === undefined ? [] : [first.slice(0, 11) + other.replace(/^(\d\d:\d\d)Z$/, "$1:00Z")]),
    ];
    return accepted.some((time) => Date.parse(time) === Date.parse(got));
  }
}

function percent(share) {
  return `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`;
}
