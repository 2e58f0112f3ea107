// Makes the logs of a host under attack, and counts while writing what a digest of each day must say.
//
//   node bench/generate.mjs --out DIR [--days 1] [--mb 100] [--attackers 3000] [--layout attack|quiet|mac] [--gz]
//     [--end 2026-11-19] [--seed 1]
//
// attack: auth.log (--mb a day), fail2ban.log and kern.log beside it. quiet: system.log of macOS (--mb a day), where one
// line in a thousand matters. mac: the four logs of a Mac server that its scripts read (--mb a day in all). --gz: every day but the last is a compressed rotation. The same seed makes the same bytes.
// Addresses are those set aside for benchmarks (198.18.0.0/15, RFC 2544) and documentation (2001:db8::/32).
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, utimesSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";

const DAY = 86_400_000;
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const NAMES = "admin test oracle ubuntu postgres git ftpuser mysql www user guest support pi deploy1 backup2".split(
  " ",
);
const BANTIME = 600_000;
/** What a Mac writes all day. */
const NOISE = [
  "com.apple.xpc.launchd[1] (com.apple.imfoundation.IMRemoteURLConnectionAgent): Unknown key for integer: _DirtyJetsamMemoryLimit",
  "kernel[0]: AppleSmartBatteryManager: BatteryTracker Device Location is 0",
  "Google Chrome Helper[812]: CoreText note: Client requested name .SFNSText, it will get Times-Roman rather than the intended font.",
  "mDNSResponder[95]: Resolver 8: [Q62340] DNSServiceGetAddrInfo(0000D000, 0, v4v6, START)",
  "WindowServer[188]: send_datagram_available_ping: pid 381 failed to act on a ping it dequeued before timing out.",
  "syslogd[41]: ASL Sender Statistics",
];

/** What `generate` must be told; see the head of this file. Writes DIR/var/log and DIR/truth.json, returns the truth. */
export function generate({ out, days = 1, mb = 100, attackers = 3000, layout = "attack", gz = false, end, seed = 1 }) {
  const folder = join(out, "var/log");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const random = randomFrom(seed);
  const last = Date.parse(`${end ?? "2026-11-19"}T00:00:00Z`);
  const writers = new Map();
  const log = (name) => {
    if (!writers.has(name)) writers.set(name, writer(join(folder, name)));
    return writers.get(name);
  };
  const truth = [];
  for (let i = days - 1; i >= 0; i--) {
    const from = last - i * DAY;
    const write = { attack: attackDay, quiet: quietDay, mac: macDay }[layout];
    truth.push({ date: new Date(from).toISOString().slice(0, 10), ...write(log, from, mb * 1e6, attackers, random) });
    for (const [name, { close, path }] of writers) {
      if (i > 0 && !gz) continue;
      close();
      writers.delete(name);
      const written = new Date(from + DAY - 1000);
      const rotated = `${path}.${i}.gz`;
      if (i > 0) writeFileSync(rotated, gzipSync(readFileSync(path), { level: 6 }));
      utimesSync(i > 0 ? rotated : path, written, written);
    }
  }
  writeFileSync(join(out, "truth.json"), JSON.stringify(truth));
  return truth;
}

/** A day of guesses, in the words of OpenSSH 9, fail2ban 1 and the kernel. */
function attackDay(log, from, bytes, attackers, random) {
  const [auth, jail, kern] = [log("auth.log"), log("fail2ban.log"), log("kern.log")];
  const began = auth.bytes();
  const tried = new Map();
  const bannedUntil = [];
  const totals = { logins: 0, failures: 0, invalidUsers: 0, probes: 0, bans: 0, unbans: 0, firewallBlocks: 0 };
  const banned = new Set();
  let pid = 1000;
  const unban = (now) => {
    while (bannedUntil.length > 0 && bannedUntil[0].at <= now) {
      const { ip, at } = bannedUntil.shift();
      jail.line(`${python(at)} fail2ban.actions        [812]: NOTICE  [sshd] Unban ${ip}`);
      totals.unbans++;
    }
  };
  for (;;) {
    const share = (auth.bytes() - began) / bytes;
    if (share >= 1) break;
    const at = from + Math.floor(share * (DAY - 1000));
    unban(at);
    pid = pid >= 4_000_000 ? 1000 : pid + 1;
    const stamp = bsd(at);
    const sshd = `${stamp} web1 sshd[${pid}]: `;
    const port = 1024 + Math.floor(random() * 64_000);
    const what = random();
    if (what < 0.01) {
      const ip = `198.19.255.${1 + Math.floor(random() * 200)}`;
      auth.line(
        `${sshd}Accepted publickey for deploy from ${ip} port ${port} ssh2: ED25519 SHA256:${"kA7x".repeat(10)}abc`,
      );
      auth.line(`${sshd}pam_unix(sshd:session): session opened for user deploy(uid=1000) by (uid=0)`);
      auth.line(`${sshd}Disconnected from user deploy ${ip} port ${port}`);
      auth.line(`${sshd}pam_unix(sshd:session): session closed for user deploy`);
      totals.logins++;
      continue;
    }
    if (what < 0.03) {
      auth.line(`${stamp} web1 CRON[${pid}]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)`);
      auth.line(`${stamp} web1 CRON[${pid}]: pam_unix(cron:session): session closed for user root`);
      continue;
    }
    const ip = addressOf(pickAttacker(attackers, random));
    if (what < 0.06) {
      auth.line(`${sshd}Connection closed by ${ip} port ${port} [preauth]`);
      totals.probes++;
      continue;
    }
    if (what < 0.2) {
      const packet = `IN=eth0 OUT= MAC= SRC=${ip} DST=198.19.255.254 LEN=40 TOS=0x00 PREC=0x00 TTL=245 ID=${pid & 65535} PROTO=TCP SPT=${port} DPT=23 WINDOW=1024 RES=0x00 SYN URGP=0`;
      kern.line(`${stamp} web1 kernel: [${(at / 1000) % 1e6}.${pid % 1000}] [UFW BLOCK] ${packet}`);
      totals.firewallBlocks++;
    }
    const unknown = what < 0.75;
    const name = unknown ? `${NAMES[Math.floor(random() * NAMES.length)]}${Math.floor(random() * 50)}` : "root";
    const who = unknown ? `invalid user ${name}` : name;
    if (unknown) auth.line(`${sshd}Invalid user ${name} from ${ip} port ${port}`);
    auth.line(
      `${sshd}pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=${ip}${unknown ? "" : "  user=root"}`,
    );
    auth.line(`${sshd}Failed password for ${who} from ${ip} port ${port} ssh2`);
    let count = 1;
    if (what > 0.95) {
      auth.line(`${sshd}message repeated 2 times: [ Failed password for ${who} from ${ip} port ${port} ssh2]`);
      count = 3;
    }
    auth.line(
      `${sshd}Connection closed by ${unknown ? who : `authenticating user ${name}`} ${ip} port ${port} [preauth]`,
    );
    totals.failures += count;
    if (unknown) totals.invalidUsers += count;
    jail.line(`${python(at)} fail2ban.filter         [812]: INFO    [sshd] Found ${ip} - ${iso(at)}`);
    // The few that come back are remembered; of a flood of new addresses none is banned.
    if (tried.size > 200_000) tried.clear();
    const tries = (tried.get(ip) ?? 0) + 1;
    tried.set(ip, tries % 5);
    if (tries === 5) {
      jail.line(`${python(at)} fail2ban.actions        [812]: NOTICE  [sshd] Ban ${ip}`);
      bannedUntil.push({ ip, at: at + BANTIME });
      banned.add(ip);
      totals.bans++;
    }
  }
  unban(from + DAY - 1000);
  return { ...totals, bannedAddresses: banned.size };
}

/** A day of system.log: what launchd, the kernel and the desktop say, and now and then a guess. */
function quietDay(log, from, bytes, attackers, random) {
  const system = log("system.log");
  const began = system.bytes();
  const totals = { logins: 0, failures: 0, invalidUsers: 0, probes: 0 };
  for (let i = 0; ; i++) {
    const share = (system.bytes() - began) / bytes;
    if (share >= 1) return totals;
    const stamp = bsd(from + Math.floor(share * (DAY - 1000)));
    if (i % 1000 === 999) {
      const ip = addressOf(pickAttacker(attackers, random));
      system.line(
        `${stamp} mini sshd[${1000 + (i % 90_000)}]: Invalid user ${NAMES[i % NAMES.length]} from ${ip} port ${1024 + (i % 60_000)}`,
      );
      totals.failures++;
      totals.invalidUsers++;
    } else system.line(`${stamp} mini ${NOISE[Math.floor(random() * NOISE.length)]}`);
  }
}

/** A day of a Mac server: its desktop's noise, guesses in the words of its sshd, packets that ipfw stopped, bans. */
function macDay(log, from, bytes, attackers, random) {
  const [system, secure, ipfw, jail] = ["system.log", "secure.log", "ipfw.log", "fail2ban.log"].map(log);
  const logs = [system, secure, ipfw, jail];
  const size = () => logs.reduce((sum, { bytes: written }) => sum + written(), 0);
  const began = size();
  const totals = { logins: 0, failures: 0, invalidUsers: 0, probes: 0, bans: 0, firewallBlocks: 0 };
  const tried = new Map();
  const banned = new Set();
  for (let i = 0; ; i++) {
    const share = (size() - began) / bytes;
    if (share >= 1) return { ...totals, bannedAddresses: banned.size };
    const at = from + Math.floor(share * (DAY - 1000));
    const stamp = bsd(at);
    const pid = 1000 + (i % 90_000);
    for (let n = 0; n < 4; n++) system.line(`${stamp} mini ${NOISE[Math.floor(random() * NOISE.length)]}`);
    const ip = addressOf(pickAttacker(attackers, random));
    const port = 1024 + (i % 60_000);
    ipfw.line(`${stamp} mini ipfw[67]: 65534 Deny TCP ${ip}:${port} 198.19.255.254:${1 + (i % 1024)} in via en0`);
    totals.firewallBlocks++;
    if (i % 200 === 0) {
      secure.line(`${stamp} mini sshd[${pid}]: Accepted publickey for deploy from 198.19.255.7 port ${port} ssh2`);
      totals.logins++;
    }
    const name = `${NAMES[i % NAMES.length]}${i % 50}`;
    secure.line(`${stamp} mini sshd[${pid}]: Invalid user ${name} from ${ip}`);
    secure.line(
      `${stamp} mini sshd[${pid}]: error: PAM: unknown user for illegal user ${name} from ${ip} via 198.19.255.254`,
    );
    totals.failures++;
    totals.invalidUsers++;
    const tries = (tried.get(ip) ?? 0) + 1;
    tried.set(ip, tries % 20);
    if (tries === 20) {
      jail.line(`${python(at)} fail2ban.actions: WARNING [ssh] Ban ${ip}`);
      system.line(`${stamp} mini org.fail2ban[88]: 65500 deny tcp from ${ip} to any dst-port 22`);
      banned.add(ip);
      totals.bans++;
    }
  }
}

/** A file, written in large blocks. */
function writer(path) {
  const fd = openSync(path, "w");
  let text = "";
  let written = 0;
  const flush = () => {
    written += writeSync(fd, text, null, "latin1");
    text = "";
  };
  return {
    path,
    line(words) {
      text += `${words}\n`;
      if (text.length > 1 << 20) flush();
    },
    bytes: () => written + text.length,
    close() {
      flush();
      closeSync(fd);
    },
  };
}

/** Few come often and many once: the square of an even draw. Beyond a million all are drawn alike. */
function pickAttacker(attackers, random) {
  const share = random();
  return Math.floor((attackers > 1e6 ? share : share * share) * attackers);
}

function addressOf(i) {
  if (i < 130_000) return `198.${18 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
  return `2001:db8:${(i >> 16).toString(16)}:${(i & 65535).toString(16)}::1`;
}

const stamps = new Map();
/** The stamp of a second; of the last one it is known. */
function cached(key, make, at) {
  const second = Math.floor(at / 1000);
  const known = stamps.get(key);
  if (known?.second === second) return known.text;
  const text = make(new Date(second * 1000));
  stamps.set(key, { second, text });
  return text;
}
const iso = (at) => cached("iso", (date) => date.toISOString().slice(0, 19).replace("T", " "), at);
const python = (at) => `${iso(at)},${String(at % 1000).padStart(3, "0")}`;
const bsd = (at) =>
  cached(
    "bsd",
    (date) =>
      `${MONTHS[date.getUTCMonth()]} ${String(date.getUTCDate()).padStart(2)} ${date.toISOString().slice(11, 19)}`,
    at,
  );

/** mulberry32: small, quick, the same everywhere. */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: {
      out: { type: "string" },
      days: { type: "string" },
      mb: { type: "string" },
      attackers: { type: "string" },
      layout: { type: "string" },
      gz: { type: "boolean" },
      end: { type: "string" },
      seed: { type: "string" },
    },
  });
  if (values.out === undefined) throw new Error("where to? --out DIR");
  const number = (name) => (values[name] === undefined ? undefined : Number(values[name]));
  const { out, layout, gz, end } = values;
  const truth = generate({
    out,
    layout,
    gz,
    end,
    days: number("days"),
    mb: number("mb"),
    attackers: number("attackers"),
    seed: number("seed"),
  });
  console.log(JSON.stringify(truth));
}
