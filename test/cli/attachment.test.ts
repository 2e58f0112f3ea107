// A mail that leaves something out brings all of it along, from the logs of the mini host to the mailbox.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { simpleParser } from "mailparser";
import { expect, test } from "vitest";
import { threadIdFor } from "../../src/deliver/message.ts";
import { folder, logdigest, repository } from "./run.ts";

const NIGHT = ["--since", "2012-04-18T23:55", "--until", "2012-04-19T23:55", "--now", "2012-04-19T23:55:30"];

test("the attached JSON is what --format json prints, and the mail belongs to the host's thread", async () => {
  const dir = folder();
  const config = join(dir, "config.toml");
  writeFileSync(
    config,
    `host = "mini"\ntime_zone = "Europe/Rome"\n[mail]\nfrom = "a@example.org"\nto = ["b@example.org"]\ntransport = "maildir"\n[mail.maildir]\npath = "${dir}/Maildir"\n`,
  );
  const night = ["report", "--root", join(repository, "fixtures/hosts/mini"), "--config", config, ...NIGHT];
  expect(await logdigest([...night, "--send"])).toEqual({ status: 0, out: "", err: "" });
  const [name = ""] = readdirSync(join(dir, "Maildir/new"));
  const mail = await simpleParser(readFileSync(join(dir, "Maildir/new", name)), { skipHtmlToText: true });

  const [file, ...more] = mail.attachments as readonly { readonly filename: string; readonly content: Buffer }[];
  expect([file?.filename, more]).toEqual(["logdigest-mini-2012-04-19.json.gz", []]);
  const { out } = await logdigest([...night, "--stdout", "--format", "json"]);
  expect(gunzipSync(file?.content ?? "").toString()).toBe(out);
  expect(mail.headers.get("in-reply-to")).toBe(threadIdFor("mini"));
  expect(mail.text).toContain(`Everything: ${file?.filename}, attached to the mail`);
});
