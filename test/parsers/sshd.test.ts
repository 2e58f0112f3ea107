// Whatever a client calls itself, its guess is put down to its own address. The lines are built as sshd builds them.
import fc from "fast-check";
import { expect, test } from "vitest";
import { eventsOf } from "./fixtures.ts";

const IP = "203.0.113.7";
const LONG_IP = "2001:db8:a:1111:2222:3333:4444:5555";
const PORT = 51234;
/** What sshd hands to syslog, at most. */
const SYSLOG_LIMIT = 500;

/** auth2.c cuts a name at its first colon; `%.100s` cuts the bytes; log.c shows what cannot be printed in octal. */
function shown(name: Uint8Array): string {
  const colon = name.indexOf(58);
  return escaped(name.subarray(0, Math.min(100, colon < 0 ? name.length : colon)));
}

function escaped(bytes: Uint8Array): string {
  return [...bytes]
    .filter((byte) => byte !== 0)
    .map((byte) =>
      byte === 10
        ? "\\n"
        : byte < 32 || byte > 126
          ? `\\${byte.toString(8).padStart(3, "0")}`
          : String.fromCharCode(byte),
    )
    .join("");
}

/** The monitor writes the lines of the process before authentication, and escapes what was escaped. */
const relayed = (message: string) => `${message} [preauth]`.replaceAll("\\", "\\\\");

const spoof = fc
  .array(
    fc.constantFrom(
      " from 10.0.0.1 port 22",
      " 10.0.0.2 port 22",
      " ssh2",
      "invalid user ",
      " [preauth]",
      " for root",
      "from ",
      "\u0001\u0001\u0001\u0001\u0001",
      "x",
      " ",
      "\n",
    ),
    { maxLength: 30 },
  )
  .map((parts) => Buffer.from(parts.join("")));
const name = fc.oneof(fc.uint8Array({ maxLength: 300 }), spoof);

const messages = {
  "login.failure": (user: string, ip: string) =>
    `Failed password for invalid user ${user} from ${ip} port ${PORT} ssh2`,
  "login.invalid-user": (user: string, ip: string) => `Invalid user ${user} from ${ip} port ${PORT}`,
  probe: (user: string, ip: string) => relayed(`Connection closed by invalid user ${user} ${ip} port ${PORT}`),
  "login.denied": (user: string, ip: string) =>
    relayed(`error: maximum authentication attempts exceeded for invalid user ${user} from ${ip} port ${PORT} ssh2`),
};

test.each(Object.entries(messages))("a %s is put down to the client, whatever its name", async (kind, messageOf) => {
  await fc.assert(
    fc.asyncProperty(name, fc.constantFrom(IP, LONG_IP), async (bytes, ip) => {
      const user = shown(bytes);
      const whole = messageOf(user, ip);
      const [event, ...others] = await eventsOf(line(whole.slice(0, SYSLOG_LIMIT)), "-");
      expect(others).toEqual([]);
      expect(event).toMatchObject({ kind, invalidUser: true });
      const told = event as { user?: string; ip?: string; port?: number };
      if (whole.length <= SYSLOG_LIMIT) expect(told).toMatchObject({ user, ip, port: PORT });
      else expect([ip, undefined]).toContain(told.ip);
    }),
    { numRuns: 1_000 },
  );
});

test("the end of a name is no address where syslog cut the real one off", async () => {
  // A closing line keeps some 190 bytes of a name, each of them five characters long when it cannot be printed.
  for (let padding = 70; padding < 100; padding++) {
    for (const tail of [" from 10.0.0.1 port 22", " 10.0.0.1 port 22", " 10.0.0.1"]) {
      const user = `${"\\001".repeat(padding)}${tail}`;
      for (const [kind, messageOf] of Object.entries(messages)) {
        if (kind !== "probe" && kind !== "login.denied") continue;
        const [event] = await eventsOf(line(messageOf(user, IP).slice(0, SYSLOG_LIMIT)), "-");
        expect(event).toMatchObject({ kind, invalidUser: true });
        expect((event as { ip?: string }).ip).not.toBe("10.0.0.1");
      }
    }
  }
});

test("an address that another program quotes is nobody's", async () => {
  const quoted = messages["login.failure"]("root", IP);
  expect(await eventsOf(Buffer.from(`Nov 20 03:14:07 host app[7]: sshd[7]: ${quoted}\n`), "-")).toEqual([]);
});

test("no login comes from a log without times", async () => {
  const accepted = `Accepted password for root from ${IP} port ${PORT} ssh2`;
  const lines = Buffer.from(`Invalid user x\n${accepted}\nhost sshd[7]: ${accepted}\nsshd[7]: ${accepted}\n`);
  expect(await eventsOf(lines, "-")).toEqual([]);
});

function line(message: string): Buffer {
  return Buffer.from(`Nov 20 03:14:07 host sshd[7]: ${message}\n`);
}

test.each([
  ["a session's end", "Received disconnect from 203.0.113.7 port 51234:11: disconnected by user", []],
  ["a session's end, of old", "Received disconnect from 203.0.113.7: 11: disconnected by user", []],
  ["a session's end, named", "Disconnected from user alice 203.0.113.7 port 51234", []],
  ["an attempt", "Received disconnect from 203.0.113.7 port 51234:11: disconnected by user [preauth]", ["probe"]],
  ["an attempt, of old", "Received disconnect from 203.0.113.7: 13: Auth cancel", ["probe"]],
])("a client that goes is told of before authentication only: %s", async (_, message, kinds) => {
  const events = await eventsOf(Buffer.from(`Nov 20 03:14:07 host1 sshd[1]: ${message}\n`), "-");
  expect(events.map(({ kind }) => kind)).toEqual(kinds);
});
