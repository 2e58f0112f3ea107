import { describe, expect, test } from "vitest";
import type { Event } from "../../../src/events/event.ts";
import { at, digestOf, fail2ban, line, service, sshd, windowOf } from "../events.ts";

const jail = fail2ban();
const restart = [jail.stopped("01:01"), jail.started("01:02")];

/** New connections that guess at these times. */
const guesses = (times: readonly string[], fields = {}) => times.map((time) => sshd(fields).failed(time));
const three = ["01:02:00", "01:03:00", "01:04:00"];

const found = (...events: Event[]) => digestOf(events).findings.filter(({ id }) => id === "tries-after-ban");

describe("a ban that does not hold is found", () => {
  test.each<[string, Event[]]>([
    ["when its address goes on", [jail.ban("01:00"), ...guesses(three)]],
    ["when it came before the window", [jail.ban("18 23:58"), ...guesses(["00:00:01", "00:00:02", "00:00:03"])]],
    [
      "when it was restored after a restart",
      [...restart, jail.restored("01:02:01"), ...guesses(["01:04", "01:05", "01:06"])],
    ],
    ["when it was restored without a stop before", [jail.ban("01:00"), jail.restored("01:03:30"), ...guesses(three)]],
    ["of recidive, which guards everything", [fail2ban({ jail: "recidive" }).ban("01:00"), ...guesses(three)]],
    ["of ssh-ipfw", [fail2ban({ jail: "ssh-ipfw" }).ban("01:00"), ...guesses(three)]],
    ["of a range that covers the address", [fail2ban({ ip: "203.0.113.0/24" }).ban("01:00"), ...guesses(three)]],
    [
      "of an IPv6 range",
      [fail2ban({ ip: "2001:db8:7::/64" }).ban("01:00"), ...guesses(three, { ip: "2001:db8:7::104" })],
    ],
    ["of a tool without jails", [fail2ban({ tool: "sshguard", jail: undefined }).ban("01:00"), ...guesses(three)]],
    ["of several addresses in one line", [banned(["192.0.2.1", "203.0.113.7"]), ...guesses(three)]],
    [
      "of the jail of screen sharing",
      [fail2ban({ jail: "vnc-ipfw" }).ban("01:00"), ...three.map((time) => service("screensharingd").failed(time))],
    ],
    ["when the tries came before it ended", [jail.ban("01:00"), ...guesses(three), jail.unban("01:10")]],
  ])("%s", (_, events) => {
    expect(found(...events)).toMatchObject([{ severity: "warning" }]);
  });
});

describe("a ban is left alone", () => {
  test.each<[string, Event[]]>([
    ["that holds", [jail.ban("01:00")]],
    ["after which two tries came", [jail.ban("01:00"), ...guesses(three.slice(0, 2))]],
    [
      "when the connections began within a minute of it",
      [jail.ban("01:00"), ...guesses(["01:00:10", "01:00:40", "01:01:00"])],
    ],
    ["when one open connection goes on guessing", [jail.ban("01:00"), ...openConnection()]],
    ["that ended", [jail.ban("01:00"), jail.unban("01:01"), ...guesses(three)]],
    ["that ended with its server", [jail.ban("01:00"), jail.stopped("01:01"), ...guesses(three)]],
    ["that ended with its jail", [jail.ban("01:00"), jail.jailStopped("01:01"), ...guesses(three)]],
    ["of a jail of another service", [fail2ban({ jail: "vsftpd" }).ban("01:00"), ...guesses(three)]],
    ["of another address", [fail2ban({ ip: "192.0.2.1" }).ban("01:00"), ...guesses(three)]],
    ["of a range beside the address", [fail2ban({ ip: "203.0.113.128/25" }).ban("01:00"), ...guesses(three)]],
    ["on another machine", [fail2ban({ hostname: "web2" }).ban("01:00"), ...guesses(three)]],
    ["when the tries came before the window", [jail.ban("18 20:00"), ...guesses(["18 21:00", "18 22:00", "18 23:00"])]],
    ["when only probes came", [jail.ban("01:00"), ...three.map((time) => sshd().vanished(time))]],
    ["that is known already or made longer", [jail.already("01:00"), jail.increased("01:00"), ...guesses(three)]],
  ])("%s", (_, events) => {
    expect(found(...events)).toEqual([]);
  });

  test("when another jail stopped", () => {
    const other = fail2ban({ jail: "nginx" });
    expect(found(jail.ban("01:00"), other.jailStopped("01:01"), ...guesses(three))).toHaveLength(1);
  });
});

test("it tells which jail, how many tries, and what to check", () => {
  expect(found(jail.ban("01:00:30"), ...guesses(three))).toEqual([
    {
      id: "tries-after-ban",
      severity: "warning",
      title: "203.0.113.7 went on trying after it was banned",
      detail:
        "sshd banned 203.0.113.7 at 01:00, yet 3 tries came in new connections from 01:02 to 01:04: the ban does not " +
        "hold. Check that the jail's action works and that it covers the service's port.",
      evidence: [
        { source: "/var/log/fail2ban.log", line: expect.any(Number), at: at("01:00:30"), what: "ban by sshd" },
        { source: "/var/log/auth.log", line: expect.any(Number), at: at("01:02:00"), what: "first try after the ban" },
        { source: "/var/log/auth.log", line: expect.any(Number), at: at("01:04:00"), what: "last try" },
      ],
    },
  ]);
});

test("a ban of the evening before is told with its date", () => {
  const [finding] = found(jail.ban("18 23:58"), ...guesses(["00:01", "00:02", "00:03"]));
  expect(finding?.detail).toContain("at 2026-11-18 23:58, yet 3 tries");
});

test("each ban of an address is judged by itself", () => {
  const again = ["02:02:00", "02:03:00", "02:04:00"];
  const events = [jail.ban("01:00"), ...guesses(three), jail.unban("01:10"), jail.ban("02:00"), ...guesses(again)];
  expect(found(...events)).toHaveLength(2);
});

test("an action that is broken for everybody is told by the worst and a number", () => {
  const events = Array.from({ length: 40 }, (_, i) => {
    const ip = `192.0.2.${i}`;
    return [fail2ban({ ip }).ban("01:00"), ...guesses(i === 7 ? [...three, "01:05"] : three, { ip })];
  }).flat();
  const findings = found(...events);
  expect(findings).toHaveLength(11);
  expect(findings[0]?.title).toBe("192.0.2.7 went on trying after it was banned");
  expect(findings.at(-1)).toMatchObject({
    title: "30 more bans do not hold",
    detail: "90 more tries came after bans of sshd. Check that its action works.",
  });
});

test("in a window of minutes the ban of an hour before is known", () => {
  const events = [jail.ban("01:00"), ...guesses(three)];
  expect(digestOf(events, { window: windowOf("01:01", "01:05") }).findings).toHaveLength(1);
});

function openConnection(): Event[] {
  const s = sshd();
  return [s.failed("00:59:50"), ...three.map((time) => s.failed(time))];
}

function banned(addresses: readonly string[]): Event {
  return line("ban", { tool: "denyhosts", addresses, repeat: addresses.length })("01:00");
}
