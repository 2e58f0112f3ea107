// design: what makes a digest non-empty, and when a source is a problem.
import { describe, expect, test } from "vitest";
import type { Reason, SourceStatus } from "../../src/digest/digest.ts";
import type { Event } from "../../src/events/event.ts";
import { type Ledger, newLedger, worsen } from "../../src/sources/source.ts";
import { digestOf, fail2ban, line, packet, service, sshd, sudo } from "./events.ts";

const s = sshd({ user: "alice" });
const jail = fail2ban();
const message = (state: string) => line("service", { tool: "sshd", state, message: "..." })("01:00:00");

describe("is a reason for a mail", () => {
  test.each<[string, Event[], Reason[]]>([
    ["a login", [s.accepted("08:00")], ["logins"]],
    ["a failed try", [s.failed("08:00")], ["failures"]],
    ["a new ban", [jail.ban("08:00")], ["bans"]],
    ["a blocked packet", [packet()("08:00")], ["firewall"]],
    ["a blocked packet whose target is not logged", [packet({ destinationIp: undefined })("08:00")], ["firewall"]],
    ["a changed account", [line("account", { message: "new user: name=x" })("08:00")], ["accounts"]],
    ["a wrong sudo password", [sudo().failed("08:00")], ["privilegeFailures"]],
    ["a watcher's error", [jail.problem("08:00")], ["services"]],
    ["a watcher that stopped", [jail.stopped("08:00")], ["services"]],
    ["a jail that stopped", [jail.jailStopped("08:00")], ["services"]],
    [
      "a watcher that stopped again",
      [jail.stopped("08:00"), jail.started("08:01"), jail.stopped("08:02")],
      ["services"],
    ],
  ])("%s", (_, events, reasons) => {
    expect(digestOf(events)).toMatchObject({ empty: false, reasons });
  });
});

describe("is shown and never a reason for a mail", () => {
  test.each<[string, Event[]]>([
    ["a probe", [s.vanished("08:00")]],
    ["a refusal that named nobody", [s.refused("08:00")]],
    ["a session", [s.opened("08:00"), s.ended("08:01")]],
    ["an sftp operation", [line("sftp", { command: "open" })("08:00")]],
    ["sudo that was granted", [sudo().ran("08:00")]],
    ["an unban", [jail.unban("08:00")]],
    ["a restored, increased or known ban", [jail.restored("08:00"), jail.increased("08:01"), jail.already("08:02")]],
    ["what fail2ban found", [jail.found("08:00")]],
    ["an allowed packet", [line("firewall.allow", { tool: "ufw" })("08:00")]],
    ["a blocked multicast", [packet({ destinationIp: "224.0.0.251" })("08:00")]],
    ["a blocked IPv6 multicast", [packet({ destinationIp: "ff02::fb" })("08:00")]],
    ["a blocked broadcast", [packet({ destinationIp: "255.255.255.255" })("08:00")]],
    ["a blocked broadcast of one network", [packet({ destinationIp: "192.0.2.255" })("08:00")]],
    ["a start", [jail.started("08:00"), message("start")]],
    ["a restart: stopped, then started", [jail.jailStopped("08:00"), jail.stopped("08:01"), jail.started("08:02")]],
    ["a jail that starts after its server stopped", [jail.stopped("08:01"), jail.jailStarted("08:02")]],
    ["rotation, log target, action output", [message("rotation"), message("note"), message("action")]],
  ])("%s", (_, events) => {
    const digest = digestOf(events);
    expect(digest).toMatchObject({ empty: true, reasons: [] });
  });
});

describe("mail.on", () => {
  const night = [
    s.failed("08:00", { repeat: 9 }),
    s.accepted("08:01"),
    jail.ban("08:02"),
    packet()("08:03"),
    sudo().failed("08:04"),
  ];
  const broken = [ledgerWith("missing")];
  test.each([
    ["event", ["logins", "failures", "bans", "firewall", "privilegeFailures", "finding", "source"]],
    ["login", ["logins", "finding", "source"]],
    ["finding", ["finding", "source"]],
  ] as const)("%s", (on, reasons) => {
    expect(digestOf(night, { on, ledgers: broken }).reasons).toEqual(reasons);
  });

  test("a quiet night is empty by all of them", () => {
    for (const on of ["event", "login", "finding"] as const) {
      expect(digestOf([], { on, ledgers: [newLedger("/var/log/auth.log", true)] }).empty).toBe(true);
    }
  });
});

function ledgerWith(status: SourceStatus): Ledger {
  const ledger = newLedger("/var/log/auth.log", true);
  if (status !== "ok") worsen(ledger, status, "why");
  return ledger;
}

describe("a source", () => {
  test.each([
    ["missing", "critical"],
    ["unreadable", "critical"],
    ["damaged", "warning"],
    ["partial", "warning"],
    ["stale", "warning"],
    ["unrecognised", "warning"],
  ] as const)("that is %s is a %s finding and the reason `source`", (status, severity) => {
    const digest = digestOf([], { ledgers: [ledgerWith(status)] });
    expect(digest).toMatchObject({ empty: false, reasons: ["source"], findings: [{ id: "source-problem", severity }] });
    expect(digest.coverage).toMatchObject([{ source: "/var/log/auth.log", status, note: "why" }]);
    expect(digest.sections.at(-1)).toMatchObject({ id: "sources", total: 1, groups: [{ status }] });
  });

  test("that is ok is neither, whatever its notes say", () => {
    const ledger = ledgerWith("ok");
    ledger.notes.push("12 lines came late");
    expect(digestOf([], { ledgers: [ledger] })).toMatchObject({ empty: true, findings: [] });
  });
});

describe("atLeast", () => {
  const dropped = (drops: string) => line("service", { tool: "sshd", state: "note", message: "...", drops })("08:00");

  test("is empty when nothing was left out", () => {
    expect(digestOf([s.failed("08:00")]).atLeast).toEqual([]);
  });

  test.each([
    ["logins", "login", ["logins", "failures", "invalidUsers", "denied", "probes", "sessions"]],
    ["packets", "firewall", ["firewallBlocks", "firewallAllows"]],
  ])("names the totals of %s that the log admits to have left out", (_, drops, names) => {
    expect(digestOf([dropped(drops)]).atLeast).toEqual(names);
  });

  test("names all totals when lines of any program were left out", () => {
    const digest = digestOf([dropped("all")]);
    expect(digest.atLeast).toEqual(Object.keys(digest.totals));
  });

  test("says nothing of what was left out before the window", () => {
    const before = line("service", { tool: "sshd", state: "note", message: "...", drops: "login" })("18 23:00");
    expect(digestOf([before]).atLeast).toEqual([]);
  });

  test("hears it from a source too", () => {
    const ledger = ledgerWith("ok");
    ledger.dropped.add("firewall");
    expect(digestOf([], { ledgers: [ledger] }).atLeast).toEqual(["firewallBlocks", "firewallAllows"]);
  });
});

test("findings stand worst first", () => {
  const guessed = sshd({ ip: "198.51.100.1" });
  const digest = digestOf([guessed.failed("08:00", { repeat: 6 }), guessed.accepted("08:01")], {
    ledgers: [ledgerWith("stale"), ledgerWith("missing")],
  });
  expect(digest.findings.map(({ id, severity }) => [severity, id])).toEqual([
    ["critical", "source-problem"],
    ["critical", "success-after-failures"],
    ["warning", "source-problem"],
  ]);
});

test("a service whose login is no sshd connection is a reason like any other", () => {
  expect(digestOf([service("screensharingd").accepted("08:00")]).reasons).toEqual(["logins"]);
});
