import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { mmdbFile } from "../addresses/mmdb-writer.ts";
import { FAILURE, LOGIN, logdigest, machine, QUIET } from "./run.ts";

const day = ["--date", "2026-11-19", "--now", "2026-11-20T12:00:00+01:00", "--stdout"];

test("a digest tells the country and the network of an address, where a database knows them", async () => {
  const host = machine(QUIET + FAILURE + LOGIN, '[addresses]\ndatabases = ["places.mmdb"]\n');
  const place = {
    country: { iso_code: "NL" },
    autonomous_system_number: 64_500,
    autonomous_system_organization: "Example",
  };
  writeFileSync(join(host.dir, "places.mmdb"), mmdbFile([{ bytes: [203, 0, 113, 0], bits: 24, data: place }]));
  const { status, out, err } = await logdigest(["report", "--config", host.config, ...day]);
  expect({ status, err }).toEqual({ status: 0, err: "" });
  expect(out).toMatch(/alice .*203\.0\.113\.77 .*NL AS64500 Example/);
  expect(out).toMatch(/203\.0\.113\.9 .*NL AS64500 Example/);
});

test("a database that cannot be read is a remark, and check says what to do", async () => {
  const host = machine(QUIET + FAILURE, '[addresses]\ndatabases = ["gone.mmdb"]\n');
  const { status, err } = await logdigest(["report", "--config", host.config, ...day, "--verbose"]);
  expect(status).toBe(0);
  expect(err).toContain("gone.mmdb");
  expect((await logdigest(["check", "--config", host.config])).out).toMatch(/^addresses .*gone\.mmdb/m);
});
