// What real sshd, sudo, su, shadow and fail2ban wrote (fixtures/captures), told by the built program, against what the
// clients did that made them write it.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repository } from "../cli/run.ts";
import { done, toldOf, unrecognised } from "./compare.ts";
import { UNTOLD } from "./untold.ts";

const folder = join(repository, "fixtures/captures");
const captures = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
  entry.isDirectory() ? entry.name : [],
);

test("there are captures", () => {
  expect(captures).toEqual(["bans", "lockout", "privileges", "sshd-info", "sshd-repeats", "sshd-verbose"]);
});

describe.each(captures)("%s", (capture) => {
  const path = join(folder, capture);

  test.each(["auth.log", "auth-iso.log"] as const)("is told as it happened, from %s", async (format) => {
    expect(await toldOf(path, format)).toEqual(done(path, UNTOLD[capture]));
  });

  test("has no line that is not recognised", async () => {
    expect(await unrecognised(path)).toBe("");
  });
});
