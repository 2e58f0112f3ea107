// design: counting. Each row is a night that a reader of logs knows, and what the digest says of it.
import { describe, expect, test } from "vitest";
import type { Totals } from "../../src/digest/digest.ts";
import type { Event } from "../../src/events/event.ts";
import { digestOf, groupsOf, line, service, sshd, sudo, totalsOf } from "./events.ts";

interface Night {
  readonly name: string;
  readonly events: readonly Event[];
  readonly totals: Partial<Totals>;
}

const guess = () => sshd();
const stranger = () => sshd({ user: "oracle" });

describe("sshd's own lines", () => {
  const a = stranger();
  const b = guess();
  const c = guess();
  const d = guess();
  const e = sshd({ user: "alice" });
  const f = sshd({ user: "mallory" });
  const g = stranger();
  const h = guess();
  const i = guess();
  const j = guess();
  const k = guess();
  const l = sshd({ user: "alice" });
  const m = guess();
  const nights: readonly Night[] = [
    {
      name: "one guess at an unknown name writes three lines and is one try",
      events: [a.invalid("01:00:00"), a.failed("01:00:02", { invalidUser: true }), a.closedInvalid("01:00:03")],
      totals: { failures: 1, invalidUsers: 1 },
    },
    {
      name: "a name that never guessed is one try",
      events: [g.invalid("01:00:00"), g.closedInvalid("01:00:01")],
      totals: { failures: 1, invalidUsers: 1 },
    },
    {
      name: "six guesses in one connection are six, and being thrown out is no seventh",
      events: [
        b.failed("01:00:00"),
        b.failed("01:00:02", { repeat: 5 }),
        b.maxAttempts("01:00:04"),
        b.closed("01:00:04"),
      ],
      totals: { failures: 6, denied: 1 },
    },
    {
      name: "typed answers: error: PAM and Failed of one try are one, whichever comes first",
      events: [c.pamError("01:00:00"), c.failed("01:00:00"), c.failed("01:00:05"), c.pamError("01:00:05")],
      totals: { failures: 2 },
    },
    {
      name: "the larger of both counts when lines were cut off",
      events: [d.pamError("01:00:00", { repeat: 3 }), d.failed("01:00:01"), d.closed("01:00:02")],
      totals: { failures: 3 },
    },
    {
      name: "keys that are offered before the right one are no guess",
      events: [e.offered("08:00:00"), e.offered("08:00:00"), e.accepted("08:00:01"), e.opened("08:00:01")],
      totals: { logins: 1, sessions: 1 },
    },
    {
      name: "a typo before the password is one try and one login",
      events: [l.failed("08:00:00"), l.accepted("08:00:04")],
      totals: { failures: 1, logins: 1 },
    },
    {
      name: "keys of which none was right: the closing line names the user, so it is one try",
      events: [m.offered("01:00:00"), m.offered("01:00:00"), m.closed("01:00:01")],
      totals: { failures: 1 },
    },
    {
      name: "an account that policy refuses is not unknown, whatever sshd calls it afterwards",
      events: [
        f.notAllowed("01:00:00"),
        f.failed("01:00:02", { invalidUser: true }),
        f.failed("01:00:04", { invalidUser: true }),
        f.closedInvalid("01:00:05"),
      ],
      totals: { failures: 2, denied: 1 },
    },
    {
      name: "TCP wrappers refuse a connection that named nobody: denied, no try",
      events: [h.refused("01:00:00")],
      totals: { denied: 1 },
    },
    {
      name: "message repeated 4 times counts four more",
      events: [i.failed("01:00:00"), i.failed("01:00:04", { repeat: 4 })],
      totals: { failures: 5 },
    },
    {
      name: "last message repeated 2 times after error: PAM counts two more",
      events: [j.pamError("01:00:00"), j.pamError("01:00:09", { repeat: 2 })],
      totals: { failures: 3 },
    },
    {
      name: "lines of the same connection under sshd, sshd-session and sshd-auth are one connection",
      events: [
        k.failed("01:00:00", { appName: "sshd-auth" }),
        k.closed("01:00:02", { appName: "sshd-session" }),
        k.closed("01:00:02", { appName: "sshd" }),
      ],
      totals: { failures: 1 },
    },
  ];
  test.each(nights)("$name", ({ events, totals }) => {
    expect(totalsOf(events)).toEqual(totals);
  });

  test("a revoked key's line names nobody: the try is put down to the address of the closing line", () => {
    const revoked = sshd({ user: "alice" });
    const digest = digestOf([revoked.revokedKey("01:00:00"), revoked.closed("01:00:01")]);
    expect(digest.totals).toMatchObject({ failures: 1, denied: 1, probes: 0 });
    expect(groupsOf(digest, "failures")).toMatchObject([{ ip: "203.0.113.7", users: ["alice"], count: 1 }]);
  });

  test("a revoked key whose closing line is lost is a try of an unknown address", () => {
    const digest = digestOf([sshd().revokedKey("01:00:00")]);
    expect(groupsOf(digest, "failures")).toMatchObject([{ ip: null, users: [], userCount: 0, count: 1 }]);
  });

  test("two revoked keys of one connection are one try", () => {
    const revoked = sshd({ user: "alice" });
    const digest = digestOf([
      revoked.revokedKey("01:00:00"),
      revoked.revokedKey("01:00:00"),
      revoked.closed("01:00:01"),
    ]);
    expect(groupsOf(digest, "failures")).toMatchObject([{ ip: "203.0.113.7", count: 1 }]);
  });

  test("the name that was tried stands beside the address, with how often", () => {
    const one = sshd({ user: "root", ip: "198.51.100.1" });
    const two = sshd({ user: "admin", ip: "198.51.100.1" });
    const digest = digestOf([one.failed("01:00:00", { repeat: 3 }), two.failed("01:00:01")]);
    expect(groupsOf(digest, "failures")).toMatchObject([
      { ip: "198.51.100.1", users: ["root", "admin"], userCount: 2, count: 4 },
    ]);
  });
});

describe("process ids come round", () => {
  const same = { procId: "4711" };
  const rows: readonly Night[] = [
    {
      name: "another address under the same process id is another connection",
      events: [
        sshd({ ...same, ip: "203.0.113.1" }).closed("01:00:00"),
        sshd({ ...same, ip: "203.0.113.2" }).closed("01:00:01"),
      ],
      totals: { failures: 2 },
    },
    {
      name: "another port of the same address is another connection",
      events: [sshd({ ...same, port: 1 }).closed("01:00:00"), sshd({ ...same, port: 2 }).closed("01:00:01")],
      totals: { failures: 2 },
    },
    {
      name: "after more than ten minutes of silence it is another connection",
      events: [
        sshd({ ...same, port: 1 }).notAllowed("01:00:00"),
        sshd({ ...same, port: 1 }).notAllowed("01:10:00.001"),
      ],
      totals: { failures: 2, denied: 2 },
    },
    {
      name: "within ten minutes it is the same",
      events: [sshd({ ...same, port: 1 }).notAllowed("01:00:00"), sshd({ ...same, port: 1 }).notAllowed("01:10:00")],
      totals: { failures: 1, denied: 1 },
    },
    {
      name: "the same process id on another machine is another connection",
      events: [
        sshd({ ...same, port: 1, hostname: "web1" }).closed("01:00:00"),
        sshd({ ...same, port: 1, hostname: "web2" }).closed("01:00:00"),
      ],
      totals: { failures: 2 },
    },
    {
      name: "an unknown name after a login is another connection, though the line states no port",
      events: [
        sshd(same).accepted("01:00:00"),
        sshd({ ...same, port: undefined }).invalid("02:00:00"),
        sshd({ ...same, port: undefined }).closedInvalid("02:00:01"),
      ],
      totals: { logins: 1, failures: 1, invalidUsers: 1 },
    },
    {
      name: "without process ids each unknown name is a connection",
      events: ["01:00:00", "01:00:05", "01:00:09"].map((time) =>
        sshd({ procId: "", port: undefined, user: "oracle" }).invalid(time),
      ),
      totals: { failures: 3, invalidUsers: 3 },
    },
  ];
  test.each(rows)("$name", ({ events, totals }) => {
    expect(totalsOf(events)).toEqual(totals);
  });
});

describe("probes are connections that ended before authentication", () => {
  const a = guess();
  const b = guess();
  const c = sshd({ user: "alice" });
  const d = guess();
  const e = sshd({ user: "alice" });
  const f = guess();
  const g = guess();
  const timeout = line("probe", { service: "sshd", procId: "1", ip: "203.0.113.7", reason: "timeout" });
  const rows: readonly Night[] = [
    { name: "a connection that vanished", events: [a.vanished("01:00:00")], totals: { probes: 1 } },
    {
      name: "its second closing line adds nothing",
      events: [b.vanished("01:00:00"), b.vanished("01:00:00")],
      totals: { probes: 1 },
    },
    {
      name: "Received disconnect, then Disconnected from authenticating user: one try and no probe",
      events: [d.vanished("01:00:00"), d.closed("01:00:00")],
      totals: { failures: 1 },
    },
    {
      name: "a doubt about the client's DNS before a login is no probe",
      events: [c.dnsDoubt("08:00:00"), c.accepted("08:01:00")],
      totals: { logins: 1 },
    },
    { name: "a doubt about the client's DNS alone is one", events: [f.dnsDoubt("01:00:00")], totals: { probes: 1 } },
    {
      name: "the end of a session that a child process writes is none",
      events: [e.accepted("08:00:00"), e.left("09:00:00", { procId: "77" })],
      totals: { logins: 1 },
    },
    {
      name: "the same words about a connection that nobody was let in by are one",
      events: [g.left("09:00:00", { procId: "78" })],
      totals: { probes: 1 },
    },
    {
      name: "the listener speaks of many connections under its own process id",
      events: [
        timeout("01:00:00", { connectionProcId: "501" }),
        timeout("01:00:00", { connectionProcId: "502" }),
        timeout("01:00:00", { connectionProcId: "503" }),
      ],
      totals: { probes: 3 },
    },
    {
      name: "a time-out of a connection that guessed is no probe",
      events: [sshd({ procId: "504" }).failed("01:00:00"), timeout("01:02:00", { connectionProcId: "504" })],
      totals: { failures: 1 },
    },
    {
      name: "connections dropped by MaxStartups differ in their ports",
      events: [1, 2, 3].map((port) =>
        line("probe", { service: "sshd", procId: "1", ip: "203.0.113.7", port })("01:00"),
      ),
      totals: { probes: 3 },
    },
  ];
  test.each(rows)("$name", ({ events, totals }) => {
    expect(totalsOf(events)).toEqual(totals);
  });
});

describe("PAM's lines under sshd's name count only where sshd says nothing", () => {
  const child = { procId: "9999" };
  const rows: readonly { name: string; events: (s: ReturnType<typeof sshd>) => Event[]; totals: Partial<Totals> }[] = [
    {
      name: "beside a verdict of the same process",
      events: (s) => [s.pam("01:00:00"), s.failed("01:00:02")],
      totals: { failures: 1 },
    },
    {
      name: "beside a verdict of another process, by the address",
      events: (s) => [s.pam("01:00:00", child), s.pamError("01:00:02")],
      totals: { failures: 1 },
    },
    {
      name: "before every good login, with LDAP",
      events: (s) => [s.pam("08:00:00"), s.accepted("08:00:01")],
      totals: { logins: 1 },
    },
    {
      name: "60 s before the verdict",
      events: (s) => [s.pam("01:00:00", child), s.failed("01:01:00")],
      totals: { failures: 1 },
    },
    {
      name: "more than 60 s before it",
      events: (s) => [s.pam("01:00:00", child), s.failed("01:01:00.001")],
      totals: { failures: 2 },
    },
    {
      name: "60 s after the closing line",
      events: (s) => [s.vanished("01:00:00"), s.pam("01:01:00", child)],
      totals: { probes: 1 },
    },
    {
      name: "more than 60 s after it",
      events: (s) => [s.vanished("01:00:00"), s.pam("01:01:00.001", child)],
      totals: { probes: 1, failures: 1 },
    },
    {
      name: "an offered key is no verdict",
      events: (s) => [s.offered("01:00:00"), s.pam("01:00:01")],
      totals: { failures: 1 },
    },
    {
      name: "a doubt about DNS is no verdict",
      events: (s) => [s.dnsDoubt("01:00:00"), s.pam("01:00:01")],
      totals: { failures: 1, probes: 1 },
    },
    {
      name: "alone, with LogLevel QUIET: the first failure and 2 more",
      events: (s) => [s.pam("01:00:00"), s.pam("01:00:20", { repeat: 2 })],
      totals: { failures: 3 },
    },
    {
      name: "2 more authentication failures beside closing lines",
      events: (s) => [
        s.pam("01:00:00"),
        s.failed("01:00:02", { repeat: 3 }),
        s.closed("01:00:09"),
        s.pam("01:00:09", { repeat: 2 }),
      ],
      totals: { failures: 3 },
    },
  ];
  test.each(rows)("$name", ({ events, totals }) => {
    expect(totalsOf(events(sshd()))).toEqual(totals);
  });

  test("what sshd says of an address on one machine says nothing of another machine", () => {
    const quiet = sshd({ hostname: "web1" });
    const loud = sshd({ hostname: "web2" });
    expect(totalsOf([quiet.pam("01:00:00"), loud.failed("01:00:01")])).toEqual({ failures: 2 });
  });

  test("a resolved name in PAM's line, the address in sshd's: they share the process", () => {
    const s = sshd();
    expect(totalsOf([s.pam("01:00:00", { ip: undefined, host: "mail.example.org" }), s.failed("01:00:01")])).toEqual({
      failures: 1,
    });
  });

  test("a try that only PAM told is put down to its address and user", () => {
    const digest = digestOf([sshd({ user: "alice" }).pam("01:00:00")]);
    expect(groupsOf(digest, "failures")).toMatchObject([{ ip: "203.0.113.7", users: ["alice"], count: 1 }]);
  });
});

describe("other services", () => {
  const rows: readonly Night[] = [
    {
      name: "login, ftp daemons and display managers without words of their own: PAM's lines are the tries",
      events: [
        service("login", { ip: undefined }).pam("09:00:00"),
        service("vsftpd").pam("09:00:10"),
        service("gdm-password", { ip: undefined }).pam("09:00:20"),
      ],
      totals: { failures: 3 },
    },
    {
      name: "a daemon that tells of the try itself, after PAM or before it, counts once",
      events: ((ftp) => [ftp.pam("09:00:00"), ftp.failed("09:00:02"), ftp.failed("09:00:10"), ftp.pam("09:00:10")])(
        service("vsftpd"),
      ),
      totals: { failures: 2 },
    },
    {
      name: "PAM counts each try of a conversation, the program only the last: the larger number",
      events: ((tty) => [tty.pam("09:00:00"), tty.pam("09:00:20", { repeat: 2 }), tty.failed("09:00:20")])(
        service("login", { ip: undefined }),
      ),
      totals: { failures: 3 },
    },
    {
      name: "a minute later it is another story",
      events: ((ftp) => [ftp.failed("09:00:00"), ftp.pam("09:01:00.001")])(service("vsftpd")),
      totals: { failures: 2 },
    },
    {
      name: "screen sharing writes a line a try",
      events: ((vnc) => [vnc.failed("09:00:00"), vnc.failed("09:00:01", { repeat: 3 }), vnc.accepted("09:00:09")])(
        service("screensharingd"),
      ),
      totals: { failures: 4, logins: 1 },
    },
    {
      name: "a refusal by name is denied and one try",
      events: [service("proftpd").denied("09:00:00")],
      totals: { denied: 1, failures: 1 },
    },
    {
      name: "dropbear: three wrong passwords and the end of the connection are three tries",
      events: ((db) => [
        db.failed("09:00:00"),
        db.failed("09:00:02"),
        db.failed("09:00:04"),
        line("probe", { service: "dropbear", procId: "88", ip: "203.0.113.7", preauth: true })("09:00:05"),
      ])(service("dropbear", { procId: "88" })),
      totals: { failures: 3 },
    },
  ];
  test.each(rows)("$name", ({ events, totals }) => {
    expect(totalsOf(events)).toEqual(totals);
  });
});

describe("sudo, su and doas", () => {
  const s = sudo();
  const rows: readonly Night[] = [
    { name: "sudo that was granted", events: [s.ran("09:00:00")], totals: { privileges: 1 } },
    {
      name: "3 incorrect password attempts are three, and PAM's lines beside them none",
      events: [s.pam("09:00:00"), s.failed("09:00:09", { repeat: 3 }), s.pam("09:00:09", { repeat: 2 })],
      totals: { privilegeFailures: 3 },
    },
    {
      name: "one typo before the right password is one failure",
      events: [s.pam("09:00:00"), s.ran("09:00:05")],
      totals: { privilegeFailures: 1, privileges: 1 },
    },
    {
      name: "not in sudoers is one",
      events: [s.failed("09:00:00", { reason: "user NOT in sudoers" })],
      totals: { privilegeFailures: 1 },
    },
    {
      name: "two people at once are two stories",
      events: [
        s.pam("09:00:00"),
        sudo({ user: "bob" }).pam("09:00:01"),
        s.failed("09:00:05"),
        sudo({ user: "bob" }).failed("09:00:06"),
      ],
      totals: { privilegeFailures: 2 },
    },
    {
      name: "two su of one user are told apart by their processes",
      events: ["501", "502"].flatMap((procId) => {
        const su = sudo({ service: "su", appName: "su", procId });
        return [su.pam("09:00:00"), su.failed("09:00:02")];
      }),
      totals: { privilegeFailures: 2 },
    },
    {
      name: "polkit has no words of its own",
      events: [sudo({ service: "polkit-1", procId: "7" }).pam("09:00:00")],
      totals: { privilegeFailures: 1 },
    },
  ];
  test.each(rows)("$name", ({ events, totals }) => {
    expect(totalsOf(events)).toEqual(totals);
  });

  test("what PAM told first is shown with sudo's line: whom, and which command", () => {
    const digest = digestOf([s.pam("09:00:00"), s.failed("09:00:09", { repeat: 3 }), s.ran("10:00:00")]);
    expect(groupsOf(digest, "privileges")).toMatchObject([
      { user: "alice", target: "root", outcome: "failure", command: "/usr/bin/id", count: 3 },
      { user: "alice", target: "root", outcome: "success", count: 1 },
    ]);
  });
});

describe("what is no try, no ban and no session", () => {
  test("fail2ban's Found adds nothing", () => {
    expect(totalsOf([line("ban.found", { tool: "fail2ban", jail: "sshd", ip: "203.0.113.7" })("01:00:00")])).toEqual(
      {},
    );
  });

  test("a session of sftp-server is part of sshd's", () => {
    const s = sshd({ user: "upload" });
    const sftp = service("sftp-server", { user: "upload", procId: "471" });
    expect(totalsOf([s.accepted("01:00"), s.opened("01:00"), sftp.opened("01:00"), sftp.ended("01:01")])).toEqual({
      logins: 1,
      sessions: 1,
    });
  });
});
