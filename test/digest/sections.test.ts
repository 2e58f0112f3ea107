import { describe, expect, test } from "vitest";
import { at, digestOf, fail2ban, groupsOf, line, packet, service, sshd } from "./events.ts";

const from = (ip: string, times: number, time = "01:00:00") => sshd({ ip }).failed(time, { repeat: times });

describe("groups", () => {
  const many = [from("192.0.2.1", 3), from("192.0.2.2", 9), from("192.0.2.3", 3, "02:00:00"), from("192.0.2.4", 1)];

  test("stand largest first, then the latest", () => {
    expect(groupsOf(digestOf(many), "failures").map(({ ip }) => ip)).toEqual([
      "192.0.2.2",
      "192.0.2.3",
      "192.0.2.1",
      "192.0.2.4",
    ]);
  });

  test("are cut after the limit; the total stays exact and `more` says how many were left out", () => {
    const failures = digestOf(many, { groups: 2 }).sections.find(({ id }) => id === "failures");
    expect(failures).toMatchObject({ total: 16, more: 2, groups: [{ count: 9 }, { count: 3 }] });
  });

  test("have the first and the last time", () => {
    const [group] = groupsOf(
      digestOf([from("192.0.2.1", 1, "03:00:00"), from("192.0.2.1", 1, "01:00:00")]),
      "failures",
    );
    expect(group).toMatchObject({ first: at("01:00:00"), last: at("03:00:00") });
  });

  test("name the machine only where there are several", () => {
    const web = (hostname: string) => sshd({ hostname, user: "alice" }).accepted("08:00:00");
    expect(groupsOf(digestOf([web("web1")]), "logins")[0]).not.toHaveProperty("host");
    const two = digestOf([web("web1"), web("web2")]);
    expect(two.hosts).toEqual(["web1", "web2"]);
    expect(groupsOf(two, "logins").map(({ host }) => host)).toEqual(["web1", "web2"]);
  });

  test("of the same address on two machines are two", () => {
    const events = ["web1", "web2"].map((hostname) => sshd({ hostname }).failed("01:00:00"));
    expect(groupsOf(digestOf(events), "failures")).toMatchObject([
      { ip: "203.0.113.7", count: 1, host: "web1" },
      { ip: "203.0.113.7", count: 1, host: "web2" },
    ]);
  });
});

describe("every section", () => {
  test("is there, empty or not, in a fixed order", () => {
    expect(digestOf([]).sections.map(({ id }) => id)).toEqual(
      "logins failures bans firewall privileges sessions sftp accounts services sources".split(" "),
    );
  });

  test("has groups with the promised fields", () => {
    const s = sshd({ user: "alice", ip: "192.0.2.9" });
    const jail = fail2ban();
    const digest = digestOf([
      s.accepted("08:00:00"),
      sshd().failed("08:00:01"),
      jail.ban("08:00:02"),
      jail.unban("08:10:02"),
      packet({ repeat: 2 })("08:00:03"),
      packet({ ip: "203.0.113.8" })("08:00:04"),
    ]);
    const one = { count: 1, first: at("08:00:00"), last: at("08:00:00") };
    expect(groupsOf(digest, "logins")).toEqual([
      { user: "alice", ip: "192.0.2.9", method: "password", service: "sshd", open: 0, longestSeconds: null, ...one },
    ]);
    expect(groupsOf(digest, "failures")).toMatchObject([
      { ip: "203.0.113.7", users: ["root"], userCount: 1, bans: 1, count: 1 },
    ]);
    expect(groupsOf(digest, "bans")).toMatchObject([
      { ip: "203.0.113.7", jail: "sshd", tool: "fail2ban", unbanned: 1, count: 1 },
    ]);
    expect(groupsOf(digest, "firewall")).toMatchObject([
      { destinationPort: 22, protocol: "TCP", sources: 2, count: 3, first: at("08:00:03"), last: at("08:00:04") },
    ]);
  });
});

describe("bans", () => {
  test("one address in two jails is two bans of one address", () => {
    const digest = digestOf([fail2ban().ban("01:00"), fail2ban({ jail: "recidive" }).ban("01:01")]);
    expect(digest.totals).toMatchObject({ bans: 2, bannedAddresses: 1 });
    expect(groupsOf(digest, "bans")).toHaveLength(2);
  });

  test("what is restored, increased or known already is repeated, no ban", () => {
    const jail = fail2ban();
    const digest = digestOf([jail.restored("01:00"), jail.increased("01:01"), jail.already("01:02")]);
    expect(digest.totals).toMatchObject({ bans: 0, bannedAddresses: 0, bansRepeated: 3 });
  });

  test("one line may ban several addresses", () => {
    const denyhosts = line("ban", {
      tool: "denyhosts",
      addresses: ["192.0.2.1", "192.0.2.2", "evil.example.net"],
      repeat: 3,
    });
    const digest = digestOf([denyhosts("01:00")]);
    expect(digest.totals).toMatchObject({ bans: 3, bannedAddresses: 3 });
    expect(groupsOf(digest, "bans").map(({ ip, count }) => [ip, count])).toEqual([
      ["192.0.2.1", 1],
      ["192.0.2.2", 1],
      ["evil.example.net", 1],
    ]);
  });

  test("a range is banned once", () => {
    const digest = digestOf([fail2ban({ ip: "192.0.2.0/24" }).ban("01:00")]);
    expect(groupsOf(digest, "bans")).toMatchObject([{ ip: "192.0.2.0/24", count: 1 }]);
  });
});

describe("services and accounts", () => {
  test("messages that differ in numbers and addresses alone are one group, told by the first", () => {
    const problem = (time: string, message: string) =>
      line("service", { tool: "fail2ban", state: "problem", message })(time);
    const digest = digestOf([
      problem("01:00", "ERROR ipfw add 65500 deny tcp from 203.0.113.7 returned 400"),
      problem("02:00", "ERROR ipfw add 65501 deny tcp from 2001:db8::7 returned 400"),
      problem("03:00", "ERROR no space left"),
    ]);
    expect(groupsOf(digest, "services")).toMatchObject([
      { tool: "fail2ban", count: 2, message: "ERROR ipfw add 65500 deny tcp from 203.0.113.7 returned 400" },
      { tool: "fail2ban", count: 1, message: "ERROR no space left" },
    ]);
  });

  test("a long message is cut", () => {
    const [group] = groupsOf(digestOf([line("account", { message: "x".repeat(5_000) })("01:00")]), "accounts");
    expect(group?.message).toHaveLength(300);
  });
});

describe("sftp", () => {
  const session = service("sftp-server", { user: "upload", ip: "192.0.2.9", procId: "471" });
  const operation = line("sftp", { command: "open", procId: "471", appName: "internal-sftp" });

  test("an operation belongs to the user and address that the session of its process named", () => {
    const digest = digestOf([session.opened("01:00:00"), operation("01:00:01"), operation("01:00:02")]);
    expect(groupsOf(digest, "sftp")).toMatchObject([{ user: "upload", ip: "192.0.2.9", command: "open", count: 2 }]);
  });

  test("also when the session began before the window", () => {
    const digest = digestOf([session.opened("18 23:59"), operation("01:00:01")]);
    expect(groupsOf(digest, "sftp")).toMatchObject([{ user: "upload", ip: "192.0.2.9" }]);
  });

  test("after the session's end the process id is another's", () => {
    const digest = digestOf([session.opened("01:00:00"), session.ended("01:00:05"), operation("02:00:00")]);
    expect(groupsOf(digest, "sftp")).toMatchObject([{ user: null, ip: null, count: 1 }]);
  });
});
