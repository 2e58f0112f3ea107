import { describe, expect, test } from "vitest";
import { type Kernel, readSystem, type System } from "../../src/sources/system.ts";
import { buildTree, freeBsdRelease, macRelease, osRelease } from "./trees/build.ts";

type Release = Readonly<Record<string, string>>;

describe("a tree says what system it is", () => {
  test.each<{ name: string; release: Release; system: System | undefined }>([
    {
      name: "a Mac of version 10.7",
      release: macRelease("10.7.5"),
      system: { kind: "macos", name: "macOS 10.7.5", logins: "secure.log", generalHoldsLogins: true },
    },
    {
      name: "a Mac of version 10.10, which is younger than 10.9",
      release: macRelease("10.10.5"),
      system: { kind: "macos", name: "macOS 10.10.5", logins: "system.log", generalHoldsLogins: true },
    },
    {
      name: "a Mac of version 11, which calls itself 10.16 to old programs",
      release: macRelease("10.16"),
      system: { kind: "macos", name: "macOS 10.16", logins: "unified log", generalHoldsLogins: false },
    },
    {
      name: "FreeBSD before it had os-release",
      release: freeBsdRelease("12.4-RELEASE-p9"),
      system: { kind: "freebsd", name: "FreeBSD 12.4-RELEASE-p9", generalHoldsLogins: false },
    },
    {
      name: "FreeBSD by its os-release",
      release: osRelease("freebsd", "FreeBSD 14.1-RELEASE"),
      system: { kind: "freebsd", name: "FreeBSD 14.1-RELEASE", generalHoldsLogins: false },
    },
    {
      name: "a relative of Debian",
      release: osRelease("linuxmint", "Linux Mint 22", "ubuntu debian"),
      system: { kind: "linux", name: "Linux Mint 22", generalHoldsLogins: false },
    },
    {
      name: "Gentoo",
      release: { "/etc/os-release": "NAME=Gentoo\nID=gentoo\n" },
      system: { kind: "linux", name: "Gentoo", generalHoldsLogins: true },
    },
    {
      name: "a name that is made to be long and to move the cursor",
      release: { "/etc/os-release": `ID=x\nPRETTY_NAME='\u001b[2J${"A".repeat(500)}'\n` },
      system: { kind: "linux", name: `[2J${"A".repeat(77)}`, generalHoldsLogins: true },
    },
    { name: "nothing", release: {}, system: undefined },
  ])("$name", ({ release, system }) => {
    expect(readSystem(buildTree({ release }), undefined)).toEqual(system);
  });
});

describe("where the running system does not say what it is, its kernel does", () => {
  test.each<Kernel & { logins: System["logins"] }>([
    { platform: "darwin", release: "11.4.2", logins: "secure.log" },
    { platform: "darwin", release: "15.6.0", logins: "system.log" },
    { platform: "darwin", release: "16.0.0", logins: "unified log" },
    { platform: "darwin", release: "25.0.0", logins: "unified log" },
    { platform: "linux", release: "6.1.0", logins: undefined },
  ])("$platform $release", ({ logins, ...kernel }) => {
    expect(readSystem(buildTree({}), kernel)?.logins).toBe(logins);
  });

  test("but another machine's tree is not taken for this one", () => {
    const tree = buildTree({ release: osRelease("alpine", "Alpine Linux v3.20") });
    expect(readSystem(tree, { platform: "darwin", release: "25.0.0" })?.name).toBe("Alpine Linux v3.20");
  });
});
