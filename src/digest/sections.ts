// The sections of the digest: the largest groups of each table, and how many were left out.
import type { BanRow } from "./bans.ts";
import type { Coverage, Section } from "./digest.ts";
import type { MessageRow } from "./messages.ts";
import type { Counted, Table } from "./table.ts";
import type { Tally } from "./tally.ts";

/** Names told of an address that tried many. */
const USERS_TOLD = 10;

/**
 * Returns all sections, also those that are empty.
 *
 * @param most groups that a section holds
 */
export function sectionsOf(tally: Tally, most: number, coverage: readonly Coverage[]): readonly Section[] {
  const { totals } = tally.counts;
  const named = tally.hosts.size > 1;
  const cut = <Row extends Counted & { host: string }, Group>(
    table: Pick<Table<Row>, "size" | "sorted">,
    group: (row: Row) => Group,
  ) => ({
    groups: table.sorted(most).map((row) => ({
      ...group(row),
      count: row.count,
      first: row.first,
      last: row.last,
      ...(named && { host: row.host }),
    })),
    more: Math.max(0, table.size - most),
  });
  const messages = (table: Table<MessageRow>) => cut(table, ({ tool, state, message }) => ({ tool, state, message }));
  const bansOf = bansByAddress(tally.bans.table);
  return [
    {
      id: "logins",
      title: "Logins",
      total: totals.logins,
      ...cut(tally.logins.table, ({ user, ip, method, service, open, longest }) => ({
        user,
        ip,
        method,
        service,
        open,
        longestSeconds: secondsOf(longest),
      })),
    },
    {
      id: "failures",
      title: "Failures",
      total: totals.failures,
      ...cut(tally.tries.failures, ({ ip, users, host }) => ({
        ip,
        users: users.top(USERS_TOLD),
        userCount: users.size,
        bans: bansOf.get(`${ip}|${host}`) ?? 0,
      })),
    },
    {
      id: "bans",
      title: "Bans",
      total: totals.bans,
      ...cut(tally.bans.table, ({ ip, jail, tool, unbanned }) => ({ ip, jail, tool, unbanned })),
    },
    {
      id: "firewall",
      title: "Firewall",
      total: totals.firewallBlocks,
      ...cut(tally.packets.table, ({ destinationPort, protocol, sources }) => ({
        destinationPort,
        protocol,
        sources: sources.size,
      })),
    },
    {
      id: "privileges",
      title: "Privileges",
      total: totals.privileges + totals.privilegeFailures,
      ...cut(tally.privileges.table, ({ user, target, service, outcome, command }) => ({
        user,
        target,
        service,
        outcome,
        command,
      })),
    },
    {
      id: "sessions",
      title: "Sessions",
      total: totals.sessions,
      ...cut(tally.sessions.table, ({ user, service, open, longest }) => ({
        user,
        service,
        open,
        longestSeconds: secondsOf(longest),
      })),
    },
    {
      id: "sftp",
      title: "File transfers",
      total: totals.sftp,
      ...cut(tally.sftp.table, ({ user, ip, command }) => ({ user, ip, command })),
    },
    { id: "accounts", title: "Accounts", total: totals.accounts, ...messages(tally.accounts.table) },
    { id: "services", title: "Services", total: totals.services, ...messages(tally.services.table) },
    { id: "sources", title: "Sources", total: coverage.length, groups: coverage, more: 0 },
  ];
}

/** How often each machine banned each address. */
function bansByAddress(table: Table<BanRow>): ReadonlyMap<string, number> {
  const bans = new Map<string, number>();
  for (const { ip, host, count } of table.sorted()) {
    const key = `${ip}|${host}`;
    if (ip !== null) bans.set(key, (bans.get(key) ?? 0) + count);
  }
  return bans;
}

function secondsOf(milliseconds: number | undefined): number | null {
  return milliseconds === undefined ? null : Math.floor(milliseconds / 1000);
}
