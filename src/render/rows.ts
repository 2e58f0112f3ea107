// One row a group: who or what, how often, and what else is known. Each kind of group says here what of it is told;
// how a row looks is the templates' business.
import type {
  BanGroup,
  FailureGroup,
  FirewallGroup,
  LoginGroup,
  MessageGroup,
  PrivilegeGroup,
  SessionGroup,
  SftpGroup,
} from "../digest/digest.ts";
import type { Place } from "../digest/places.ts";
import type { Instant } from "../events/event.ts";
import type { Span } from "./span.ts";
import { MESSAGE_LENGTH, visible, visibleName } from "./visible.ts";
import { count, duration, names, thousands } from "./words.ts";

/** A row before it is laid out. `facts` keep their places, so that they form columns in text; empty ones are allowed. */
export interface Row {
  readonly name: string;
  readonly count: number;
  readonly facts: readonly string[];
}

interface Group {
  readonly count: number;
  readonly first: Instant;
  readonly last: Instant;
  readonly host?: string | undefined;
}

/** Users named in a row of failures, fewer when they are long: more would push the times off the screen. */
const USERS_NAMED = 3;
const USERS_LENGTH = 40;

/** The name of a network is an organization's, and its beginning tells which. */
const NETWORK_LENGTH = 24;
/** Of a host name (RFC 1035). */
const LONGEST_NAME = 253;
/** The end of a host name is its owner's. */
const HOST_NAME_LENGTH = 40;

/** What most logins come through: saying it in every row tells nothing. */
const USUAL_SERVICE = "sshd";

export function loginRow(group: LoginGroup, span: Span): Row {
  const service = group.service === USUAL_SERVICE ? "" : visibleName(group.service);
  return row(group, visibleName(group.user), [
    addressOf(group.ip),
    placeWords(group),
    visibleName(group.method),
    service,
    when(group, span),
    stayWords(group),
  ]);
}

export function failureRow(group: FailureGroup, span: Span): Row {
  const users = usersWords(group.users.map(visibleName), Math.max(group.userCount, group.users.length));
  return row(group, addressOf(group.ip), [placeWords(group), users, when(group, span), bannedWords(group.bans)]);
}

export function banRow(group: BanGroup, span: Span): Row {
  const by = group.jail === null ? visibleName(group.tool) : `${visibleName(group.jail)} (${visibleName(group.tool)})`;
  const lifted = group.unbanned === 0 ? "" : `lifted ${times(group.unbanned)}`;
  return row(group, addressOf(group.ip), [by, when(group, span), lifted]);
}

export function firewallRow(group: FirewallGroup): Row {
  const protocol = group.protocol === null ? "" : visibleName(group.protocol);
  const port = group.destinationPort === null ? protocol : [group.destinationPort, protocol].filter(Boolean).join("/");
  const sources = group.sources === 0 ? "" : count(group.sources, "address", "addresses");
  return row(group, port || "other", [sources]);
}

export function privilegeRow(group: PrivilegeGroup, span: Span): Row {
  const user = group.user === null ? "unknown" : visibleName(group.user);
  const name = group.target === null ? user : `${user} → ${visibleName(group.target)}`;
  const outcome = group.outcome === "failure" ? "failed" : "";
  return row(group, name, [visibleName(group.service), outcome, when(group, span), message(group.command ?? "")]);
}

export function sessionRow(group: SessionGroup, span: Span): Row {
  const user = group.user === null ? "unknown" : visibleName(group.user);
  return row(group, user, [visibleName(group.service), when(group, span), stayWords(group)]);
}

export function sftpRow(group: SftpGroup, span: Span): Row {
  const user = group.user === null ? "unknown" : visibleName(group.user);
  const address = group.ip === null ? "" : visible(group.ip);
  return row(group, user, [visibleName(group.command), address, when(group, span)]);
}

export function messageRow(group: MessageGroup, span: Span): Row {
  const state = group.state === "account" || group.state === "note" ? "" : visibleName(group.state);
  return row(group, visibleName(group.tool), [state, when(group, span), message(group.message)]);
}

/** `still open`, `longest 2 h 10 min`, `2 still open, longest 13 min`; empty where the log does not say. */
function stayWords({ count, open, longestSeconds }: LoginGroup | SessionGroup): string {
  const staying = open === 0 ? "" : open === count ? "still open" : `${thousands(open)} still open`;
  if (longestSeconds === null) return staying;
  const lasted = `${count > 1 ? "longest" : "lasted"} ${duration(longestSeconds)}`;
  return staying === "" ? lasted : `${staying}, ${lasted}`;
}

function usersWords(users: readonly string[], total: number): string {
  let shown = Math.min(USERS_NAMED, users.length);
  while (shown > 1 && names(users, shown, total).length > USERS_LENGTH) shown--;
  return names(users, shown, total);
}

function row(group: Group, name: string, facts: readonly string[]): Row {
  const host = group.host === undefined ? [] : [`on ${visibleName(group.host)}`];
  return { name, count: group.count, facts: [...host, ...facts] };
}

function addressOf(ip: string | null): string {
  return ip === null ? "local" : visibleName(ip);
}

/** `NL AS64500 Example`, `NL AS64500 Example host.example.net`; empty where nothing is known. */
function placeWords({ country, network, name }: Place): string {
  return [country ?? "", visible(network ?? "", NETWORK_LENGTH), endOf(visible(name ?? "", LONGEST_NAME))]
    .filter(Boolean)
    .join(" ");
}

function endOf(name: string): string {
  return name.length <= HOST_NAME_LENGTH ? name : `…${name.slice(1 - HOST_NAME_LENGTH)}`;
}

function when(group: Group, span: Span): string {
  return span.when(group.first, group.last);
}

function message(text: string): string {
  return visible(text, MESSAGE_LENGTH);
}

function bannedWords(bans: number): string {
  if (bans === 0) return "";
  return bans === 1 ? "banned" : `banned ${times(bans)}`;
}

function times(value: number): string {
  return value === 1 ? "once" : `${thousands(value)} times`;
}
