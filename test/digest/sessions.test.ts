// How long somebody stayed. The opening and the end of a session have the process id of the login; what lies between
// may stand under a child's.
import { describe, expect, test } from "vitest";
import { digestOf, groupsOf, service, sshd, windowOf } from "./events.ts";

const alice = () => sshd({ user: "alice", ip: "192.0.2.9" });

describe("a session", () => {
  test("that ended says how long it lasted, to its user and to its login", () => {
    const s = alice();
    const digest = digestOf([
      s.accepted("08:00:00"),
      s.opened("08:00:00"),
      s.left("10:10:03", { procId: "77" }),
      s.ended("10:10:03"),
    ]);
    expect(digest.totals.sessions).toBe(1);
    expect(groupsOf(digest, "sessions")).toMatchObject([
      { user: "alice", service: "sshd", count: 1, open: 0, longestSeconds: 7803 },
    ]);
    expect(groupsOf(digest, "logins")).toMatchObject([{ user: "alice", open: 0, longestSeconds: 7803 }]);
  });

  test("that did not end is open", () => {
    const s = alice();
    const digest = digestOf([s.accepted("23:42:10"), s.opened("23:42:10"), s.ended("20 00:10:00")]);
    expect(groupsOf(digest, "sessions")).toMatchObject([{ count: 1, open: 1, longestSeconds: null }]);
    expect(groupsOf(digest, "logins")).toMatchObject([{ open: 1, longestSeconds: null }]);
  });

  test("the longest of several is told, and how many are open", () => {
    const [one, two, three] = [alice(), alice(), alice()];
    const digest = digestOf([
      ...[one.accepted("08:00"), one.opened("08:00"), one.ended("08:30")],
      ...[two.accepted("09:00"), two.opened("09:00"), two.ended("09:10")],
      ...[three.accepted("22:00"), three.opened("22:00")],
    ]);
    expect(groupsOf(digest, "sessions")).toMatchObject([{ count: 3, open: 1, longestSeconds: 1800 }]);
    expect(groupsOf(digest, "logins")).toMatchObject([{ count: 3, open: 1, longestSeconds: 1800 }]);
  });

  test("that began before the window and ended inside counts for its length alone", () => {
    const s = alice();
    const digest = digestOf([s.accepted("18 22:00"), s.opened("18 22:00"), s.ended("00:30")]);
    expect(digest.totals).toMatchObject({ logins: 0, sessions: 0 });
    expect(groupsOf(digest, "sessions")).toMatchObject([{ user: "alice", count: 0, open: 0, longestSeconds: 9000 }]);
    expect(groupsOf(digest, "logins")).toEqual([]);
  });

  test("that began and ended before the window is nothing", () => {
    const s = alice();
    const digest = digestOf([s.accepted("18 22:00"), s.opened("18 22:00"), s.ended("18 23:00")]);
    expect(groupsOf(digest, "sessions")).toEqual([]);
  });

  test("whose end alone is known has no length", () => {
    const digest = digestOf([alice().ended("08:00")]);
    expect(groupsOf(digest, "sessions")).toEqual([]);
  });

  test("is over when its process id comes round, since when is not known", () => {
    const one = sshd({ user: "alice", procId: "77" });
    const two = sshd({ user: "bob", procId: "77" });
    const digest = digestOf([
      ...[one.accepted("08:00"), one.opened("08:00")],
      ...[two.accepted("12:00"), two.opened("12:00"), two.ended("12:05")],
    ]);
    expect(groupsOf(digest, "sessions")).toMatchObject([
      { user: "bob", longestSeconds: 300, open: 0 },
      { user: "alice", longestSeconds: null, open: 0 },
    ]);
    expect(groupsOf(digest, "logins").map(({ open }) => open)).toEqual([0, 0]);
  });

  test("without a login line is joined by its own process", () => {
    const console = service("login", { user: "carol", ip: undefined });
    const digest = digestOf([console.opened("08:00"), console.ended("08:01")]);
    expect(groupsOf(digest, "sessions")).toMatchObject([{ user: "carol", service: "login", longestSeconds: 60 }]);
  });

  test("of a login window belongs to the login of its process", () => {
    const desk = service("loginwindow", { user: "carol", ip: undefined, procId: "60" });
    const digest = digestOf([
      desk.accepted("08:00"),
      desk.opened("08:00", { user: undefined }),
      desk.ended("17:00", { user: undefined }),
    ]);
    expect(groupsOf(digest, "sessions")).toMatchObject([{ user: "carol", longestSeconds: 32_400 }]);
    expect(groupsOf(digest, "logins")).toMatchObject([{ user: "carol", longestSeconds: 32_400 }]);
  });

  test("whose line names the login's process elsewhere (macOS) is joined by that", () => {
    const s = sshd({ user: "alice", procId: "20160" });
    const terminal = { procId: "", connectionProcId: "20160" };
    const digest = digestOf([s.accepted("08:02:17"), s.opened("08:02:17", terminal), s.ended("08:51:40", terminal)]);
    expect(groupsOf(digest, "logins")).toMatchObject([{ longestSeconds: 2963 }]);
  });

  test("two terminals of one login: it stays until the last is closed", () => {
    const s = alice();
    const digest = digestOf([
      s.accepted("08:00"),
      s.opened("08:00"),
      s.opened("08:10"),
      s.ended("08:20"),
      s.ended("09:00"),
    ]);
    expect(groupsOf(digest, "sessions")).toMatchObject([{ count: 2, open: 0, longestSeconds: 3600 }]);
    expect(groupsOf(digest, "logins")).toMatchObject([{ count: 1, open: 0, longestSeconds: 3600 }]);
  });

  test("without a process id is counted, and nothing is said of its length", () => {
    const s = sshd({ user: "alice", procId: "" });
    const digest = digestOf([s.opened("08:00"), s.ended("09:00")]);
    expect(groupsOf(digest, "sessions")).toMatchObject([{ count: 1, open: 0, longestSeconds: null }]);
  });

  test("on two machines under one process id is two", () => {
    const [one, two] = ["web1", "web2"].map((hostname) => sshd({ user: "alice", procId: "77", hostname }));
    const digest = digestOf([one?.opened("08:00"), two?.opened("08:10"), one?.ended("08:20")].flatMap((e) => e ?? []));
    expect(groupsOf(digest, "sessions")).toMatchObject([
      { host: "web2", open: 1, longestSeconds: null },
      { host: "web1", open: 0, longestSeconds: 1200 },
    ]);
  });
});

test("consecutive windows tell a session's opening once and its length once", () => {
  const s = alice();
  const events = [s.accepted("23:50"), s.opened("23:50"), s.ended("20 00:10")];
  const first = digestOf(events, { window: windowOf("00:00", "23:55") });
  const second = digestOf(events, { window: windowOf("23:55", "20 23:55") });
  expect(groupsOf(first, "sessions")).toMatchObject([{ count: 1, open: 1, longestSeconds: null }]);
  expect(groupsOf(second, "sessions")).toMatchObject([{ count: 0, open: 0, longestSeconds: 1200 }]);
});
