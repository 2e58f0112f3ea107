// Delivery to a real mail server: exim 4 (Debian: apt-get install exim4-daemon-light), run from a configuration of its
// own in a temporary folder, without the system's spool or mail. Skipped where it is not installed.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { sendmailDeliverer } from "../../src/deliver/sendmail.ts";
import { smtpDeliverer } from "../../src/deliver/smtp.ts";
import { expectSampleMail } from "../deliver/expect-mail.ts";
import { sampleMessage } from "../deliver/sample-mail.ts";
import { ca, server as certificate } from "../deliver/tls/certificates.ts";

const exim = "/usr/sbin/exim4";
const installed = existsSync(exim);
if (!installed) console.warn(`skipped: ${exim} is not installed (apt-get install exim4-daemon-light)`);

/** exim delivers nothing as root, so as root it runs as nobody. */
const root = process.getuid?.() === 0;
const uid = root ? 65534 : (process.getuid?.() ?? 0);
const gid = root ? 65534 : (process.getgid?.() ?? 0);

const never = new AbortController().signal;
const limit = { timeout: 10_000, interval: 20 };

describe.skipIf(!installed)("exim", () => {
  let folder: string;
  let port: number;
  let daemon: ChildProcess;
  let log = "";

  const own = (path: string) => chown(path, uid, gid);
  const file = async (name: string, content: string, mode = 0o600) => {
    await writeFile(join(folder, name), content, { mode });
    await own(join(folder, name));
    return join(folder, name);
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "logdigest-exim-"));
    await chmod(folder, 0o755);
    for (const name of ["spool", "log", "mail"]) await mkdir(join(folder, name));
    for (const name of [".", "spool", "log", "mail"]) await own(join(folder, name));
    await file("server.pem", certificate.cert);
    await file("server.key", certificate.key);
    port = await freePort();
    const config = await file("exim.conf", eximConfig(folder, port), 0o644);
    daemon = spawn(exim, ["-C", config, "-bdf"], { uid, gid, cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    daemon.stderr?.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
    await vi.waitFor(() => answers(port), limit).catch((thrown) => expect.fail(`${thrown}: ${log}`));
  }, 20_000);

  afterAll(async () => {
    if (daemon?.exitCode === null && daemon.kill("SIGTERM")) await once(daemon, "exit");
    await rm(folder, { recursive: true, force: true });
  });

  /** Waits for the two copies, one a recipient, that exim delivers in the background, reads and removes them. */
  async function takeDelivered(): Promise<readonly Buffer[]> {
    const inbox = join(folder, "mail", "new");
    const names = await vi.waitFor(async () => {
      const found = await readdir(inbox);
      expect(found).toHaveLength(2);
      return found;
    }, limit);
    const paths = names.map((name) => join(inbox, name));
    const mails = await Promise.all(paths.map((path) => readFile(path)));
    await Promise.all(paths.map((path) => rm(path)));
    return mails;
  }

  async function expectDelivered() {
    for (const mail of await takeDelivered()) {
      expect(mail.toString("latin1")).toMatch(/^Return-path: <logdigest@example\.org>$/im);
      await expectSampleMail(mail);
    }
  }

  test("takes a message over SMTP with STARTTLS and delivers it to every recipient", async () => {
    const deliverer = smtpDeliverer({ host: "127.0.0.1", port, tls: "starttls", name: "mini.example.org", ca });
    expect(await deliverer.deliver(sampleMessage, never)).toEqual(
      sampleMessage.to.map((to) => ({ to, result: "accepted", code: 250, text: expect.stringMatching(/^250 OK id=/) })),
    );
    await expectDelivered();
  });

  test("refuses one recipient of two and delivers to the other", async () => {
    const deliverer = smtpDeliverer({ host: "localhost", port, tls: "starttls", name: "mini.example.org", ca });
    const to = ["unknown@example.org", ...sampleMessage.to];
    const receipts = await deliverer.deliver({ ...sampleMessage, to }, never);
    expect(receipts.map(({ result, code }) => ({ result, code }))).toEqual([
      { result: "refused", code: 550 },
      { result: "accepted", code: 250 },
      { result: "accepted", code: 250 },
    ]);
    await expectDelivered();
  });

  test("takes a message as the sendmail program, with -- before the recipients", async () => {
    // The deliverer runs a program without options of its own, so the configuration and the user come from a script.
    const become = root ? `exec setpriv --reuid=${uid} --regid=${gid} --clear-groups --` : "exec";
    const path = await file(
      "sendmail",
      `#!/bin/sh\n${become} ${exim} -C ${join(folder, "exim.conf")} -odi "$@"\n`,
      0o755,
    );
    expect(await sendmailDeliverer({ path }).deliver(sampleMessage, never)).toEqual(
      sampleMessage.to.map((to) => ({ to, result: "accepted", text: `${path} took the message` })),
    );
    await expectDelivered();
  });
});

/** One router, one transport, no look-ups: everything that is accepted goes into one Maildir. */
function eximConfig(folder: string, port: number): string {
  return `
exim_user = ${uid}
exim_group = ${gid}
primary_hostname = localhost.example.org
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port}
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%slog
pid_file_path = ${folder}/exim.pid
tls_advertise_hosts = *
tls_certificate = ${folder}/server.pem
tls_privatekey = ${folder}/server.key
untrusted_set_sender = *
host_lookup =
rfc1413_hosts =
acl_smtp_rcpt = recipient
acl_smtp_data = anything
begin acl
recipient:
  deny local_parts = unknown
  accept
anything:
  accept
begin routers
all:
  driver = accept
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = ${folder}/mail
  maildir_format
  return_path_add
  batch_max = 1
`;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function answers(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "data");
  } finally {
    socket.destroy();
  }
}
