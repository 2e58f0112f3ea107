// The rules for single values: what is accepted, and the sentence that a refused one gets.
import { describe, expect, test } from "vitest";
import { rangeProblem, readRange } from "../../src/config/address-range.ts";
import { mailAddressProblem } from "../../src/config/mail-address.ts";
import { nearest } from "../../src/config/nearest.ts";
import { patternProblem } from "../../src/config/pattern.ts";
import { scheduleProblem } from "../../src/config/schedule.ts";
import { timeZoneProblem } from "../../src/config/time-zone.ts";

describe("addresses and ranges", () => {
  test.each([
    ["192.0.2.10", { family: "ipv4", address: "192.0.2.10", prefix: 32 }],
    ["10.0.0.0/8", { family: "ipv4", address: "10.0.0.0", prefix: 8 }],
    ["0.0.0.0/0", { family: "ipv4", address: "0.0.0.0", prefix: 0 }],
    ["2001:db8::/32", { family: "ipv6", address: "2001:db8::", prefix: 32 }],
    ["::1", { family: "ipv6", address: "::1", prefix: 128 }],
    ["::/0", { family: "ipv6", address: "::", prefix: 0 }],
    ["64:ff9b::192.0.2.0/120", { family: "ipv6", address: "64:ff9b::192.0.2.0", prefix: 120 }],
  ])("reads %s", (text, range) => {
    expect(readRange(text)).toEqual(range);
  });

  test.each([
    ["10.1", "is no IP address or range"],
    ["010.0.0.1", "is no IP address or range"],
    ["0x7f.0.0.1", "is no IP address or range"],
    ["", "is no IP address or range"],
    ["example.org", "is no IP address or range"],
    ["10.0.0.0/8/8", "is no IP address or range"],
    ["10.0.0.0/", "has no prefix length between 0 and 32"],
    ["10.0.0.0/33", "has no prefix length between 0 and 32"],
    ["10.0.0.0/08", "has no prefix length between 0 and 32"],
    ["10.0.0.0/255.0.0.0", "has no prefix length between 0 and 32"],
    ["2001:db8::/129", "has no prefix length between 0 and 128"],
    ["10.1.2.3/8", "(write 10.0.0.0/8 for the range, 10.1.2.3 for the one address)"],
    ["192.0.2.130/25", "(write 192.0.2.128/25 for the range, 192.0.2.130 for the one address)"],
    ["2001:db8:1::1/32", "(write 2001:db8::/32 for the range, 2001:db8:1::1 for the one address)"],
    ["64:ff9b::192.0.2.1/96", "(write 64:ff9b::/96 for the range, 64:ff9b::192.0.2.1 for the one address)"],
    ["::ffff:10.1.2.3", "(write 10.1.2.3)"],
    ["::ffff:10.0.0.0/104", "(write 10.0.0.0/8)"],
    ["fe80::1%eth0", "names an interface"],
  ])("refuses %j", (text, part) => {
    expect(rangeProblem(text)).toContain(part);
  });
});

describe("patterns", () => {
  test.each([
    "from 198\\.51\\.100\\.",
    "^Accepted publickey for \\S+ from 10\\..* port \\d+",
    "(\\d{1,3}\\.){3}\\d{1,3}",
    "(?:ab){40}",
    "(a+)?b",
    "[(+*]{2,}x",
    "\\(a+\\)+",
    "(git|svn) from",
    "a{,3}b",
    "(?<name>x)y+",
  ])("accepts %s", (text) => {
    expect(patternProblem(text)).toBeUndefined();
  });

  test.each([
    ["(a+)+$", "repeats a group that itself repeats"],
    ["(a*)*b", "repeats a group that itself repeats"],
    ["(a+){2,}b", "repeats a group that itself repeats"],
    ["(a+){3}b", "repeats a group that itself repeats"],
    ["x(?:(?:a|b)c+)*d", "repeats a group that itself repeats"],
    ["(a|aa)+$", "repeats a group that itself repeats or has alternatives"],
    ["(a?){25}a{25}", "repeats a group that itself repeats"],
    ["((a{1,3}){10}){10}b", "repeats a group that itself repeats"],
    ["(?<=(x+)+)y", "repeats a group that itself repeats"],
    ["(a)\\1", "refers back to a group"],
    ["(?<q>a)\\k<q>", "refers back to a group"],
    ["(", "is no regular expression: unterminated group"],
    ["a**", "is no regular expression: nothing to repeat"],
    ["", "matches even an empty message"],
    [".*", "matches even an empty message"],
    ["a|", "matches even an empty message"],
    ["x".repeat(501), "has 501 characters (at most 500)"],
  ])("refuses %s", (text, part) => {
    expect(patternProblem(text)).toContain(part);
  });
});

describe("schedules", () => {
  test.each([
    "55 23 * * *",
    "*/5 * * * *",
    "0 7 * * mon-fri",
    "0,30 8-18 1 JAN 7",
    "@hourly",
    "@daily",
    "@weekly",
    "@monthly",
    "@yearly",
  ])("accepts %s", (text) => {
    expect(scheduleProblem(text)).toBeUndefined();
  });

  test.each([
    ["", "has 0 fields (write five"],
    ["55 23 * *", "has 4 fields (write five"],
    ["0 55 23 * * *", "has 6 fields (write five"],
    ["@reboot", "is no schedule (known: @hourly"],
    ["@midnight", "is no schedule (known: @hourly"],
    ["H 23 * * *", 'has the field "H", which cron does not know'],
    ["55 23 L * *", 'has the field "L", which cron does not know'],
    ["0 0 * * 1#2", 'has the field "1#2", which cron does not know'],
    ["60 23 * * *", "got value 60 expected range 0-59"],
    ["55 23 31 2 *", "is no schedule: "],
    ["*/0 * * * *", "is no schedule: "],
    ["0 0 * foo *", "is no schedule: "],
  ])("refuses %j", (text, part) => {
    expect(scheduleProblem(text)).toContain(part);
  });
});

describe("time zones", () => {
  test.each(["Europe/Rome", "UTC", "America/Argentina/Buenos_Aires", "Asia/Calcutta"])("accepts %s", (text) => {
    expect(timeZoneProblem(text)).toBeUndefined();
  });

  test.each([
    ["europe/rome", 'is written "Europe/Rome"'],
    ["+02:00", "is an offset, no time zone"],
    ["02:00", "is an offset, no time zone"],
    ["Europe/Roma", "is no time zone known here"],
    ["", "is no time zone known here"],
    ["local", "is no time zone known here"],
  ])("refuses %j", (text, part) => {
    expect(timeZoneProblem(text)).toContain(part);
  });
});

describe("mail addresses", () => {
  test.each(["admin@example.org", "root@localhost", "a+b@[192.0.2.1]", "ünï@example.org"])("accepts %s", (text) => {
    expect(mailAddressProblem(text)).toBeUndefined();
  });

  test.each([
    ["root", "is no mail address"],
    ["", "is no mail address"],
    ["@example.org", "is no mail address"],
    ["a@b@c", "is no mail address"],
    ["a@b\r\nBcc: c@d", "is no mail address"],
    ["a b@example.org", "is no mail address"],
    ["a@b\u0085", "is no mail address"],
    ["a@example.org, b@example.org", "has a comma (write one address an entry)"],
    ["Admin <admin@example.org>", 'has more than the address (write only "admin@example.org")'],
  ])("refuses %j", (text, part) => {
    expect(mailAddressProblem(text)).toContain(part);
  });
});

test.each([
  ["hots", ["host", "mail"], "host"],
  ["Form", ["from", "to"], "from"],
  ["password_fil", ["password_file", "password_env"], "password_file"],
  ["timezone", ["time_zone", "schedule"], "time_zone"],
  ["address", ["addresses", "users"], "addresses"],
  ["option", ["optional", "path"], "optional"],
  ["recipients", ["from", "to"], undefined],
  ["xx", ["on", "to"], undefined],
])("%s written by mistake suggests the near key of %j", (written, known, meant) => {
  expect(nearest(written, known)).toBe(meant);
});
