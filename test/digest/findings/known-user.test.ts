// Who is known for a week may mistype: a login after failures is a finding all the same where others were guessed at.
import { describe, expect, test } from "vitest";
import { nightsOf, same, toldIn } from "../nights.ts";

const HOME = "192.0.2.7";
const KEY = "SHA256:q1ZrexampleexampleexampleexampleexampleexA";

let pids = 100;

const failed = (count: number, user = "alice", ip = HOME) =>
  Array.from({ length: count }, (_, i) => {
    const time = `${String(8 + Math.floor(i / 60)).padStart(2, "0")}:${String(i % 60).padStart(2, "0")}:00`;
    return `${time} sshd[${++pids}]: Failed password for ${user} from ${ip} port 40000 ssh2`;
  });
const byPassword = (time: string, ip = HOME) =>
  `${time} sshd[${++pids}]: Accepted password for alice from ${ip} port 40000 ssh2`;
const byKey = (time: string, ip = HOME) =>
  `${time} sshd[${++pids}]: Accepted publickey for alice from ${ip} port 40000 ssh2: ED25519 ${KEY}`;

async function found(...nights: readonly (readonly string[])[]): Promise<string[]> {
  const [last = []] = (await toldIn(nights)).slice(-1);
  return last.filter((one) => one.includes("success-after-failures"));
}

describe("nothing is found after tries of one's own", () => {
  test.each<[string, string[][]]>([
    [
      "from an address that is known for seven nights",
      [...same(7, [byPassword("11:00:00")]), [...failed(12), byPassword("11:00:00")]],
    ],
    [
      "from an address that was seen twice, a week ago",
      [...same(2, [byPassword("11:00:00")]), ...same(5, []), [...failed(12), byPassword("11:00:00")]],
    ],
    [
      "with a key that is known for seven nights, wherever they came from",
      [...same(7, [byKey("11:00:00")]), [...failed(12, "alice", "203.0.113.9"), byKey("11:00:00", "203.0.113.9")]],
    ],
  ])("%s", async (_, nights) => {
    expect(await found(...nights)).toEqual([]);
  });
});

describe("a login after failures is found all the same", () => {
  test.each<[string, string[][]]>([
    [
      "when the address is known for six nights",
      [...same(6, [byPassword("11:00:00")]), [...failed(12), byPassword("11:00:00")]],
    ],
    [
      "when the address was seen once",
      [[byPassword("11:00:00")], ...same(8, []), [...failed(12), byPassword("11:00:00")]],
    ],
    [
      "when another user was tried too",
      [...same(7, [byPassword("11:00:00")]), [...failed(12), ...failed(1, "root"), byPassword("11:00:00")]],
    ],
    [
      "when others of the range tried",
      [...same(7, [byPassword("11:00:00")]), [...failed(12, "alice", "192.0.2.99"), byPassword("11:00:00")]],
    ],
    [
      "after more tries than anybody mistypes",
      [...same(7, [byPassword("11:00:00")]), [...failed(101), byPassword("11:00:00")]],
    ],
    [
      "when the key is known and the password was used",
      [...same(7, [byKey("11:00:00")]), [...failed(12, "alice", "203.0.113.9"), byPassword("11:00:00", "203.0.113.9")]],
    ],
    [
      "when it is another user's address",
      [...same(7, [byPassword("11:00:00").replace("alice", "bob")]), [...failed(12), byPassword("11:00:00")]],
    ],
  ])("%s", async (_, nights) => {
    expect(await found(...nights)).toHaveLength(1);
  });
});

describe("in an office that is known for seven nights, names that a few mistyped", () => {
  const people = ["alice", "bob", "carol", "dave"];
  const everybody = people.map((user, i) => byPassword(`11:0${i}:00`).replace("alice", user));
  const office = same(7, everybody);
  const typos = ["alice", "bob", "Carol"].flatMap((user) => failed(1, user));

  test("give one warning, whoever comes after them", async () => {
    expect(await found(...office, [...typos, ...everybody])).toEqual([
      "warning success-after-failures: 4 users logged in after 3 failures from the same address",
    ]);
  });

  test("are told with all that is known", async () => {
    const nights = await nightsOf([...office, [...typos, ...everybody]]);
    expect(nights.at(-1)?.findings[0]?.detail).toBe(
      "192.0.2.7 failed 3 times for alice, bob, Carol at 08:00 and was never banned; at 11:00 it got in as alice by " +
        "password, and later as bob, carol, dave. alice has long come from there, so these may be colleagues who " +
        "mistyped. Ask them; whoever it was not: end the session and lock the account.",
    );
  });

  test("are critical before somebody who never came from there", async () => {
    const mallory = byPassword("12:00:00").replace("alice", "mallory");
    expect(await found(...office, [...typos, mallory])).toEqual([
      "critical success-after-failures: mallory logged in after 3 failures from the same address",
    ]);
  });

  test("are critical when they are five", async () => {
    expect(await found(...office, [...typos, ...failed(2, "root"), ...everybody.slice(0, 1)])).toEqual([
      "critical success-after-failures: alice logged in after 5 failures from the same address",
    ]);
  });
});
