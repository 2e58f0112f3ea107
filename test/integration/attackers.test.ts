// The night of the largest attack that was seen: 63,659 addresses, a try each, every fifth banned, and one login among
// them. The mail stays small, the run short, its memory bounded, and the login is what the mail begins with.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { simpleParser } from "mailparser";
import { expect, test } from "vitest";
import { HTML_BYTES } from "../../src/render/render.ts";
import { machine, nightly, toMaildir } from "../cli/run.ts";

const ATTACKERS = 63_659;
const NAMES = "root admin test ubuntu oracle postgres git pi guest deploy".split(" ");
const BEGIN = Date.UTC(2026, 10, 18, 23, 1);

const at = (second: number) => new Date(BEGIN + 1_000 * second).toISOString();
const address = (i: number) => `${20 + (i % 180)}.${(i >> 8) & 255}.${i & 255}.${1 + (i % 250)}`;

function night(): string {
  const lines = Array.from({ length: ATTACKERS }, (_, i) => {
    const [time, ip, port] = [at(Math.floor((i * 80_000) / ATTACKERS)), address(i), 1_024 + (i % 60_000)];
    const tried = `${time} mini sshd[${10_000 + i}]: Failed password for invalid user ${NAMES[i % NAMES.length]} from ${ip} port ${port} ssh2\n`;
    return i % 5 > 0 ? tried : `${tried}${time} mini fail2ban.actions[77]: NOTICE [sshd] Ban ${ip}\n`;
  });
  return `${lines.join("")}${at(80_001)} mini sshd[9]: Accepted password for alice from 203.0.113.9 port 4711 ssh2\n`;
}

test("63,659 attackers make a mail that is read as any other", async () => {
  const host = machine(night(), toMaildir());
  // Node takes what it is given: with so little, memory that grew with the log would end the run.
  const ended = await nightly(host, [], { env: { NODE_OPTIONS: "--max-old-space-size=192" } });
  expect(ended).toEqual({ status: 0, out: "", err: "" });

  const folder = join(host.dir, "Maildir/new");
  const raw = readFileSync(join(folder, readdirSync(folder)[0] as string));
  const { subject, text = "", html, attachments } = await simpleParser(raw);
  expect(subject).toBe("mini: 1 login, 63,659 failures, 12,732 bans (Thu 19 Nov)");
  expect(html).toContain(">alice from 203.&#8203;0.&#8203;113.&#8203;9; 63,659 tries from 63,659 addresses</div>");
  expect(text).toMatch(/^LOGINS {2}1 login$/m);
  expect(text).toContain("... and 63,649 more addresses (63,649 tries)");
  expect(text).toContain("Up to 1,000 rows of each table: logdigest-mini-2026-11-19.json.gz, attached to the mail");
  expect(Buffer.byteLength(html as string)).toBeLessThanOrEqual(HTML_BYTES);
  expect(raw.length).toBeLessThan(150_000);

  const [file] = attachments as readonly { readonly content: Buffer }[];
  const { totals, sections } = JSON.parse(gunzipSync(file?.content ?? "").toString());
  expect(totals).toMatchObject({ logins: 1, failures: ATTACKERS, bannedAddresses: 12_732 });
  const failures = sections.find(({ id }: { id: string }) => id === "failures");
  expect([failures.groups.length, failures.more]).toEqual([1_000, ATTACKERS - 1_000]);
}, 60_000);
