// A quiet machine for tests of many nights. Its nights lie in the past, where the times of the files can be those of the
// night; its logs are rotated between them as real ones are.
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { simpleParser } from "mailparser";

export const MINUTE = 60_000;
export const DAY = 1_440 * MINUTE;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** As syslogd writes it, without the year: the hardest to read. */
function stampOf(at: number): string {
  const { month, day, clock } = inRome(at);
  return `${MONTHS[month - 1]} ${String(day).padStart(2)} ${clock}`;
}

function inRome(at: number) {
  const text = new Date(at).toLocaleString("sv-SE", { timeZone: "Europe/Rome" });
  const [date = "", clock = ""] = text.split(" ");
  const [year = 0, month = 0, day = 0] = date.split("-").map(Number);
  return { year, month, day, clock, date };
}

/** The instant at which clocks in Rome show this time on the day that `noon` lies in. */
export function wallTime(noon: number, clock: string): number {
  const shown = new Date(noon).toLocaleString("sv-SE", { timeZone: "Europe/Rome" });
  const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
  const guess = noon + (minutes(clock) - minutes(shown.slice(11))) * MINUTE;
  // Once more, for the days on which noon has another offset than the time that is asked for.
  return guess + (minutes(clock) - minutes(inRome(guess).clock)) * MINUTE;
}

/** A machine whose clock shows the time of Rome, and on which nothing happens but cron. */
export class QuietMachine {
  readonly dir: string;
  /** Where its logs are. */
  readonly logs: string;
  /** Up to where lines are written. */
  private written: number;

  constructor(dir: string, firstNoon: number) {
    this.dir = dir;
    this.logs = join(dir, "log");
    this.written = firstNoon - 2 * DAY;
    mkdirSync(this.logs);
    for (const name of ["secure.log", "ipfw.log"]) this.put(name, "", this.written);
    const began = this.written;
    this.put("fail2ban.log", [0, 1].map((i) => fail2banLine(began + i * MINUTE)).join(""), began + MINUTE);
  }

  private put(name: string, text: string, at: number): void {
    const path = join(this.logs, name);
    appendFileSync(path, text, "latin1");
    utimesSync(path, at / 1000, at / 1000);
  }

  /** Writes what cron writes, up to `until`. */
  goOn(until: number, hasFirewall: boolean): void {
    const auth: string[] = [];
    const syslog: string[] = [];
    const ufw: string[] = [];
    let last = this.written;
    for (let at = Math.ceil(this.written / (30 * MINUTE)) * 30 * MINUTE + MINUTE; at < until; at += 30 * MINUTE) {
      const pid = 1000 + ((at / MINUTE) % 30_000);
      const head = `${stampOf(at)} mini`;
      auth.push(`${head} CRON[${pid}]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)\n`);
      auth.push(`${head} CRON[${pid}]: pam_unix(cron:session): session closed for user root\n`);
      syslog.push(`${head} CRON[${pid}]: (root) CMD (   cd / && run-parts --report /etc/cron.hourly)\n`);
      ufw.push(
        `${head} kernel: [${pid}.000001] [UFW ALLOW] IN= OUT=eth0 SRC=192.0.2.5 DST=198.51.100.1 LEN=60 PROTO=TCP SPT=40000 DPT=443\n`,
      );
      last = at;
    }
    this.put("auth.log", auth.join(""), last);
    this.put("syslog", syslog.join(""), last);
    if (hasFirewall) this.put("ufw.log", ufw.join(""), last);
    this.written = until;
  }

  /** As newsyslog and logrotate do: NAME.1 stays as it is until the next time (delaycompress), NAME.2.gz and so on. */
  rotate(name: string, at: number, how: "rename" | "copytruncate"): void {
    const path = join(this.logs, name);
    if (!existsSync(path)) return;
    const numbers = [6, 5, 4, 3, 2].filter((n) => existsSync(`${path}.${n}.gz`));
    for (const n of numbers) renameSync(`${path}.${n}.gz`, `${path}.${n + 1}.gz`);
    rmSync(`${path}.7.gz`, { force: true });
    if (existsSync(`${path}.1`)) {
      const { mtimeMs } = statSync(`${path}.1`);
      writeFileSync(`${path}.2.gz`, gzipSync(readFileSync(`${path}.1`)));
      // gzip keeps the time.
      utimesSync(`${path}.2.gz`, mtimeMs / 1000, mtimeMs / 1000);
      rmSync(`${path}.1`);
    }
    if (how === "rename") {
      renameSync(path, `${path}.1`);
      writeFileSync(path, "");
    } else {
      copyFileSync(path, `${path}.1`);
      truncateSync(path, 0);
      utimesSync(`${path}.1`, at / 1000, at / 1000);
    }
    utimesSync(path, at / 1000, at / 1000);
  }

  write(name: string, at: number, message: string): void {
    this.put(name, `${stampOf(at)} mini ${message}\n`, at);
  }

  /** A night up to 23:55 of the day of `noon`, the first one is 1; returns the time of its run. */
  night(night: number, noon: number): number {
    const hasFirewall = night >= 9;
    const midnight = wallTime(noon, "00:00");
    const tick = wallTime(noon, "23:55");
    this.goOn(midnight, hasFirewall);
    this.rotate("syslog", midnight, "copytruncate");
    if (night % 7 === 3) {
      for (const name of ["auth.log", "fail2ban.log", "ufw.log"]) this.rotate(name, midnight, "rename");
    }
    this.goOn(tick, hasFirewall);
    return tick + MINUTE / 3;
  }

  /** Of the mails in the folder Maildir. */
  async subjects(): Promise<readonly (string | undefined)[]> {
    const mails = join(this.dir, "Maildir/new");
    if (!existsSync(mails)) return [];
    const parsed = await Promise.all(readdirSync(mails).map((name) => simpleParser(readFileSync(join(mails, name)))));
    return parsed.map(({ subject }) => subject);
  }
}

function fail2banLine(at: number): string {
  const { date, clock } = inRome(at);
  return `${date} ${clock},123 fail2ban.jail [731]: INFO    Jail 'sshd' started\n`;
}
