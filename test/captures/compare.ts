// Holds what the program says of a capture (fixtures/captures) against what the clients did, both as plain tables.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { logdigest } from "../cli/run.ts";

/** What one client did: docs/counting.md says what the numbers are; those that are 0 may be absent. */
export interface Action {
  readonly scenario: string;
  readonly ip?: string;
  readonly user?: string;
  readonly login?: string;
  readonly tries?: number;
  readonly invalidUsers?: number;
  readonly denied?: number;
  readonly probes?: number;
  readonly sessions?: number;
  readonly privileges?: number;
  readonly privilegeFailures?: number;
  readonly accounts?: number;
  readonly sftp?: readonly string[];
}
interface Ban {
  readonly kind: "ban" | "unban" | "ban.restored";
  readonly jail: string;
  readonly ip: string;
}
interface GoesOn {
  /** An address that went on while it was banned. */
  readonly goesOn: string;
}
interface Account {
  readonly totals: Readonly<Record<string, number>>;
  readonly logins: readonly string[];
  readonly tries: readonly string[];
  readonly privileges: readonly string[];
  readonly bans: readonly string[];
  readonly goesOn: readonly string[];
  readonly sftp: readonly string[];
}

const truthOf = (folder: string): readonly (Action | Ban | GoesOn | { readonly programs: unknown })[] =>
  readFileSync(join(folder, "truth.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const sum = (numbers: readonly (number | undefined)[]) => numbers.reduce<number>((total, n) => total + (n ?? 0), 0);

/** `KEY: SUM` for every key whose sum is not 0, in order. */
function tally(entries: readonly (readonly [key: string, count: number | undefined])[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const [key, count = 0] of entries) counts.set(key, (counts.get(key) ?? 0) + count);
  return [...counts].flatMap(([key, count]) => (count === 0 ? [] : `${key}: ${count}`)).sort();
}

/** @param untold by scenario, what the log cannot tell of it: see README.md beside the captures */
export function done(folder: string, untold: Readonly<Record<string, Partial<Action>>> = {}): Account {
  const truth = truthOf(folder);
  const actions = truth
    .filter((line) => "scenario" in line)
    .map((action) => ({ ...action, ...untold[action.scenario] }));
  const bans = truth.filter((line) => "kind" in line);
  const goesOn = truth.flatMap((line) => ("goesOn" in line ? line.goesOn : []));
  const total = (name: keyof Action) => sum(actions.map((action) => action[name] as number | undefined));
  return {
    totals: {
      logins: actions.filter(({ login }) => login !== undefined).length,
      failures: total("tries"),
      invalidUsers: total("invalidUsers"),
      denied: total("denied"),
      probes: total("probes"),
      sessions: total("sessions"),
      privileges: total("privileges"),
      privilegeFailures: total("privilegeFailures"),
      accounts: total("accounts"),
      bans: bans.filter(({ kind }) => kind === "ban").length,
      bannedAddresses: new Set(bans.flatMap(({ kind, ip }) => (kind === "ban" ? ip : []))).size,
      unbans: bans.filter(({ kind }) => kind === "unban").length,
    },
    logins: tally(actions.flatMap(({ login, user, ip }) => (login ? [[`${user} ${ip} ${login}`, 1]] : []))),
    tries: tally(actions.map(({ ip, tries }) => [`${ip}`, tries])),
    privileges: tally(
      actions.flatMap(({ user, privileges, privilegeFailures }) => [
        [`${user} ran`, privileges],
        [`${user} refused`, privilegeFailures],
      ]),
    ),
    bans: tally(bans.map(({ kind, jail, ip }) => [`${kind} ${jail} ${ip}`, 1])),
    goesOn,
    sftp: tally(actions.flatMap(({ sftp = [] }) => sftp.map((command) => [command, 1] as const))),
  };
}

interface Group {
  readonly user?: string;
  readonly ip?: string;
  readonly method?: string;
  readonly outcome?: string;
  readonly count: number;
}
interface Event {
  readonly kind: string;
  readonly ip?: string;
  readonly jail?: string;
  readonly command?: string;
}

const logsOf = (folder: string, format: "auth.log" | "auth-iso.log") =>
  [format, "fail2ban.log"].map((name) => join(folder, name)).filter((path) => existsSync(path));

/** What the program tells of the capture, with the log of rsyslog in one of its two formats. */
export async function toldOf(folder: string, format: "auth.log" | "auth-iso.log"): Promise<Account> {
  const logs = logsOf(folder, format);
  const zone = ["--time-zone", "UTC"];
  const report = await logdigest(["report", ...logs.flatMap((path) => ["--log", path]), ...zone, "--format", "json"]);
  if (report.status !== 0) throw new Error(`report ended ${report.status}: ${report.err}`);
  const parse = await logdigest(["parse", ...logs, ...zone, ...(format === "auth.log" ? yearOf(folder) : [])]);
  if (parse.status !== 0) throw new Error(`parse ended ${parse.status}: ${parse.err}`);

  const { totals, sections } = JSON.parse(report.out);
  const groups = (id: string): readonly Group[] =>
    (sections as { id: string; groups: Group[] }[]).find((section) => section.id === id)?.groups ?? [];
  const events: readonly Event[] = parse.out.split("\n").flatMap((line) => (line === "" ? [] : JSON.parse(line)));
  const ofKind = (...kinds: readonly string[]) => events.filter(({ kind }) => kinds.includes(kind));
  return {
    totals: Object.fromEntries(Object.keys(done(folder).totals).map((name) => [name, totals[name]])),
    logins: tally(groups("logins").map(({ user, ip, method, count }) => [`${user} ${ip} ${method}`, count])),
    tries: tally(groups("failures").map(({ ip, count }) => [`${ip}`, count])),
    privileges: tally(
      groups("privileges").map(({ user, outcome, count }) => [
        `${user} ${outcome === "success" ? "ran" : "refused"}`,
        count,
      ]),
    ),
    bans: tally(ofKind("ban", "unban", "ban.restored").map(({ kind, jail, ip }) => [`${kind} ${jail} ${ip}`, 1])),
    goesOn: [...new Set(ofKind("ban.already").map(({ ip }) => `${ip}`))].sort(),
    sftp: tally(
      ofKind("sftp").flatMap(({ command = "" }) => (command === "close" || command === "set" ? [] : [[command, 1]])),
    ),
  };
}

/** Lines that are neither an event nor known to say nothing. */
export async function unrecognised(folder: string): Promise<string> {
  const explain = ["parse", "--explain", ...logsOf(folder, "auth.log"), ...yearOf(folder)];
  const { status, out, err } = await logdigest(explain);
  if (status !== 0) throw new Error(`parse ended ${status}: ${err}`);
  return out;
}

/** The year of a capture, which traditional lines do not state. */
const yearOf = (folder: string) => ["--year", readFileSync(join(folder, "auth-iso.log"), "utf8").slice(0, 4)];
