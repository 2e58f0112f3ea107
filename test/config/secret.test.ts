import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readSecret } from "../../src/config/secret.ts";
import { Exit, ReportError } from "../../src/errors.ts";

let folder: string;
let passwordFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "logdigest-secret-"));
  passwordFile = join(folder, "smtp-password");
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(text: string, mode = 0o600): void {
  writeFileSync(passwordFile, text);
  chmodSync(passwordFile, mode);
}

function complaint(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (!(error instanceof ReportError) || error.exit !== Exit.Config) throw error;
    return error.message.replaceAll(folder, "DIR");
  }
  throw new Error("no error was thrown");
}

describe("a password file", () => {
  test.each([
    ["hunter2\n", 0o600],
    ["hunter2\r\n", 0o400],
    ["hunter2", 0o700],
  ])("gives its one line: %j with mode %o", (text, mode) => {
    write(text, mode);
    expect(readSecret({ passwordFile }, {})).toBe("hunter2");
  });

  test("keeps blanks, which may belong to the password", () => {
    write(" hunter 2 \n");
    expect(readSecret({ passwordFile }, {})).toBe(" hunter 2 ");
  });

  test.each([
    [
      "can be read by the group",
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
    ["is empty", "", 0o600, "DIR/smtp-password is empty (put the SMTP password there)"],
    ["has only a line end", "\n", 0o600, "DIR/smtp-password is empty (put the SMTP password there)"],
    [
      "has two lines",
      "hunter2\nhunter3\n",
      0o600,
      "DIR/smtp-password has more than one line (write only the password)",
    ],
    ["is large", "x".repeat(5000), 0o600, "DIR/smtp-password is too large for a password (write one line)"],
  ])("is refused when it %s", (_, text, mode, message) => {
    write(text, mode);
    expect(complaint(() => readSecret({ passwordFile }, {}))).toBe(message);
  });

  test("is refused when it is missing", () => {
    expect(complaint(() => readSecret({ passwordFile }, {}))).toBe(
      "cannot read DIR/smtp-password: there is no such file (mail.smtp.password_file names it)",
    );
  });

  test("is refused when it is a folder", () => {
    mkdirSync(passwordFile);
    expect(complaint(() => readSecret({ passwordFile }, {}))).toBe(
      "DIR/smtp-password is no regular file (mail.smtp.password_file names it)",
    );
  });
});

describe("a password variable", () => {
  test("gives its value", () => {
    expect(readSecret({ passwordEnv: "SMTP_PASSWORD" }, { SMTP_PASSWORD: "hunter2" })).toBe("hunter2");
  });

  test.each([
    ["is not set", {}, "environment variable SMTP_PASSWORD is not set (mail.smtp.password_env names it)"],
    ["is empty", { SMTP_PASSWORD: "" }, "environment variable SMTP_PASSWORD is empty (put the SMTP password there)"],
  ])("is refused when it %s", (_, env, message) => {
    expect(complaint(() => readSecret({ passwordEnv: "SMTP_PASSWORD" }, env))).toBe(message);
  });
});

test("no password is read where none is named", () => {
  expect(readSecret({ passwordFile: undefined, passwordEnv: undefined }, { SMTP_PASSWORD: "x" })).toBeUndefined();
});
