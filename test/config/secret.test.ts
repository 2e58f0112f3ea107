import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { SecretConfig } from "../../src/config/config.ts";
import { resolveSecret } from "../../src/config/secret.ts";
import { Exit, ReportError } from "../../src/errors.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "logdigest-secret-"));
  path = join(folder, "smtp-password");
});
afterEach(() => rmSync(folder, { recursive: true }));

type Env = Readonly<Record<string, string | undefined>>;
const env: Env = { PATH: process.env.PATH };

function write(text: string | Buffer, mode = 0o600): void {
  writeFileSync(path, text);
  chmodSync(path, mode);
}

const read = (where: SecretConfig, given: Env = env, limitMs?: number) =>
  resolveSecret(where, given, "mail.smtp.password", limitMs);

/** What it complains of; all that it says is looked at, and the secret is nowhere. */
async function complaint(where: SecretConfig, given: Env = env, limitMs?: number): Promise<string> {
  const error = await read(where, given, limitMs).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ReportError) || error.exit !== Exit.Config) throw error ?? new Error("no error was thrown");
  expect(`${error.stack}${String(error.cause)}`).not.toContain("hunter2");
  return error.message.replaceAll(folder, "DIR");
}

describe("a file", () => {
  const file = (): SecretConfig => ({ kind: "file", path });

  test.each([
    ["hunter2\n", 0o600, "hunter2"],
    ["hunter2\r\n", 0o400, "hunter2"],
    ["hunter2", 0o700, "hunter2"],
    [" hunter 2 \n", 0o600, " hunter 2 "],
    ["pässwörd", 0o600, "pässwörd"],
  ])("gives its one line, blanks included: %j with mode %o", async (text, mode, secret) => {
    write(text, mode);
    expect(await read(file())).toBe(secret);
  });

  test.each([
    [
      "can be read by its group",
      "hunter2",
      0o640,
      "DIR/smtp-password can be read by others (run: chmod 600 DIR/smtp-password)",
    ],
    [
      "can be read by all",
      "hunter2",
      0o604,
      "DIR/smtp-password can be read by others (run: chmod 600 DIR/smtp-password)",
    ],
    ["is empty", "", 0o600, "DIR/smtp-password is empty (put the secret there)"],
    ["has only a line end", "\n", 0o600, "DIR/smtp-password is empty (put the secret there)"],
    ["has two lines", "hunter2\nhunter2\n", 0o600, "DIR/smtp-password has more than one line (write only the secret)"],
    ["is large", "hunter2".repeat(1000), 0o600, "DIR/smtp-password is too large for a secret (write one line)"],
  ])("is refused when it %s", async (_, text, mode, message) => {
    write(text, mode);
    expect(await complaint(file())).toBe(message);
  });

  test("is refused when it is missing", async () => {
    expect(await complaint(file())).toBe(
      "cannot read DIR/smtp-password: there is no such file (mail.smtp.password_file names it)",
    );
  });

  test("is refused when it is a folder, also behind a link", async () => {
    mkdirSync(join(folder, "d"));
    symlinkSync(join(folder, "d"), path);
    expect(await complaint(file())).toBe("DIR/smtp-password is no regular file (mail.smtp.password_file names it)");
  });
});

describe("an environment variable", () => {
  const variable: SecretConfig = { kind: "env", name: "SMTP_PASSWORD" };

  test("gives its value", async () => {
    expect(await read(variable, { SMTP_PASSWORD: "hunter2" })).toBe("hunter2");
  });

  test.each([
    ["is not set", {}, "environment variable SMTP_PASSWORD is not set (mail.smtp.password_env names it)"],
    ["is empty", { SMTP_PASSWORD: "" }, "environment variable SMTP_PASSWORD is empty (put the secret there)"],
    [
      "has lines",
      { SMTP_PASSWORD: "hunter2\nx" },
      "environment variable SMTP_PASSWORD has more than one line (write only the secret)",
    ],
  ])("is refused when it %s", async (_, given, message) => {
    expect(await complaint(variable, given)).toBe(message);
  });
});

describe("a credential of systemd", () => {
  const credential: SecretConfig = { kind: "credential", name: "smtp-password" };

  test.each([0o400, 0o440])("may have the mode that systemd gives it: %o", async (mode) => {
    write("hunter2\n", mode);
    expect(await read(credential, { CREDENTIALS_DIRECTORY: folder })).toBe("hunter2");
    // The same file by its path, as a unit's %d makes it.
    expect(await read({ kind: "file", path }, { CREDENTIALS_DIRECTORY: `${folder}/` })).toBe("hunter2");
  });

  test.each([0o444, 0o460])("may not be open to more: %o", async (mode) => {
    write("hunter2\n", mode);
    expect(await complaint(credential, { CREDENTIALS_DIRECTORY: folder })).toBe(
      "DIR/smtp-password can be read by others (run: chmod 600 DIR/smtp-password)",
    );
  });

  test("is refused where systemd gave none", async () => {
    expect(await complaint(credential)).toBe(
      "mail.smtp.password_credential: no credentials here (add LoadCredential=smtp-password:/its/path to the systemd unit that runs this)",
    );
    expect(await complaint(credential, { CREDENTIALS_DIRECTORY: folder })).toBe(
      "cannot read DIR/smtp-password: there is no such file (mail.smtp.password_credential names it)",
    );
  });

  test.each(["../smtp-password", "a/b", "", ".", ".."])("is a name and no path: %j", async (name) => {
    expect(await complaint({ kind: "credential", name }, { CREDENTIALS_DIRECTORY: folder })).toBe(
      "mail.smtp.password_credential is no name of a credential (write the one that LoadCredential= gives it in the unit)",
    );
  });
});

describe("a program", () => {
  const command = (...argv: readonly string[]): SecretConfig => ({ kind: "command", argv });
  const shell = (script: string) => command("sh", "-c", script);

  test.each([
    ["prints it", shell("echo hunter2"), "hunter2"],
    ["prints it without a line end", shell("printf hunter2"), "hunter2"],
    ["complains beside it", shell("echo hunter2; echo careful >&2"), "hunter2"],
    ["gets its arguments from no shell", command("echo", "$(id) `id` ; *"), "$(id) `id` ; *"],
    ["asks for input", shell("cat; echo hunter2"), "hunter2"],
  ])("that %s", async (_, where, secret) => {
    expect(await read(where)).toBe(secret);
  });

  test("has the environment of the run", async () => {
    expect(await read(shell("echo $VAULT"), { ...env, VAULT: "hunter2" })).toBe("hunter2");
  });

  const by = "run it by hand, as the same user, to see why";
  test.each([
    [
      "fails, whatever it says",
      shell("echo hunter2; echo hunter2 >&2; exit 44"),
      `mail.smtp.password_command: sh ended with status 44 (${by})`,
    ],
    ["is killed", shell("kill -9 $$"), `mail.smtp.password_command: sh was killed (${by})`],
    [
      "says nothing",
      command("true", "hunter2"),
      "the output of true (mail.smtp.password_command) is empty (put the secret there)",
    ],
    [
      "says two lines",
      shell("echo hunter2; echo hunter2"),
      "the output of sh (mail.smtp.password_command) has more than one line (write only the secret)",
    ],
    [
      "says a lot",
      shell("yes hunter2 | head -c 10000000"),
      "the output of sh (mail.smtp.password_command) is too large for a secret (write one line)",
    ],
    [
      "does not exist",
      command("/nonexistent/security", "hunter2"),
      "mail.smtp.password_command: security cannot be run: there is no such program (write its whole path, and let this user run it)",
    ],
    [
      "takes no such arguments",
      command("echo", "hunter2\0"),
      "mail.smtp.password_command: echo cannot be run with these arguments (remove control characters)",
    ],
    ["is not named", command(), "mail.smtp.password_command is empty (write the program and its arguments)"],
  ])("that %s is refused", async (_, where, message) => {
    expect(await complaint(where)).toBe(message);
  });

  test("that is no program is refused", async () => {
    write("hunter2");
    expect(await complaint(command(path))).toBe(
      "mail.smtp.password_command: smtp-password cannot be run: permission denied (write its whole path, and let this user run it)",
    );
  });

  test.each([
    ["waits for somebody", "exec sleep 30"],
    ["leaves a child behind that keeps its output open", "sleep 2 & echo hunter2"],
  ])("that %s is not waited for", async (_, script) => {
    expect(await complaint(shell(script), env, 300)).toBe(
      "mail.smtp.password_command: sh did not end within 0.3 s (run it by hand: it may be asking something)",
    );
  });
});
