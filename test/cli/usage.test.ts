import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { logdigest, repository } from "./run.ts";

const { version } = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));

describe.concurrent("refuses with 64 and one line", () => {
  test.each([
    ["report --date 2026-11-19 --since 2026-11-18", "--date with --since or --until: choose one"],
    ["report --date 2026-11-19 --until 2026-11-20", "--date with --since or --until: choose one"],
    ["report --until 2026-11-19", "--until needs --since"],
    ["report --stdout --send", "--send with --stdout or --output: choose one"],
    ["report --root / --send --stdout", "--send with --stdout or --output: choose one"],
    ["report --output x --send", "--send with --stdout or --output: choose one"],
    ["report --root / --log x", "--root with --log: choose one"],
    ["report --format json", "--format needs --stdout or --output"],
    ["report --root / --send --format html", "--format needs --stdout or --output"],
    ["report --stdout --format xml", "argument 'xml' is invalid. Allowed choices are text, html, json."],
    ["report --stdout --since 2026-11-19 --until 2026-11-18 --now 2026-11-20", "must be later than --since 2026-11-19"],
    ["report --stdout --since 2026-11-19 --until 2026-11-19 --now 2026-11-20", "must be later than --since 2026-11-19"],
    ["report --stdout --since 2026-11-21 --now 2026-11-20", "--since 2026-11-21 lies in the future"],
    ["report --root / --since 2999-01-01", "--since 2999-01-01 lies in the future"],
    ["report --stdout --date 2026-11-21 --now 2026-11-20", "that day has not begun"],
    ["report --stdout --date 2026-02-30", '--date: cannot read "2026-02-30" as a day'],
    ["report --stdout --date tonight", '--date: cannot read "tonight" as a day'],
    ["report --stdout --since noon", '--since: cannot read "noon" as a time'],
    ["report --stdout --since 2026-11-18 --until later", '--until: cannot read "later" as a time'],
    ["report --stdout --now soon", '--now: cannot read "soon" as a time'],
    ["report --stdout --time-zone Europe/Roma", "--time-zone"],
    ["report --since", "option '--since <time>' argument missing"],
    ["report --root", "option '--root <dir>' argument missing"],
    ["report --log", "option '--log <path...>' argument missing"],
    ["report --stdot", "unknown option '--stdot' (Did you mean --stdout?)"],
    ["report tonight", "too many arguments for 'report'"],
    ["reprot", "unknown command 'reprot' (Did you mean report?)"],
    ["--stdout", "unknown option '--stdout'"],
    ["parse", "missing required argument 'file'"],
    ["parse --year 26 x", "--year 26: write four digits"],
    ["parse --time-zone Mars/Olympus x", "--time-zone"],
    ["", "no command: write report, check or parse"],
  ])("%s", async (line, problem) => {
    const { status, out, err } = await logdigest(line.split(" ").filter((word) => word !== ""));
    expect({ status, out, lines: err.split("\n").length - 1 }, err).toEqual({ status: 64, out: "", lines: 1 });
    expect(err).toMatch(/^logdigest: /);
    expect(err).toContain(problem);
  });
});

test.concurrent("--help tells commands, examples and exit statuses", async () => {
  const { status, out, err } = await logdigest(["--help"]);
  expect({ status, err }).toEqual({ status: 0, err: "" });
  for (const text of ["report", "parse", "Examples:", "Exit status:", "--stdout", "75"]) expect(out).toContain(text);
});

test.concurrent("report --help tells every option", async () => {
  const { status, out } = await logdigest(["report", "--help"]);
  expect(status).toBe(0);
  const options = "date since until stdout format output root log send config time-zone now all quiet verbose".split(
    " ",
  );
  for (const option of options) expect(out).toContain(`--${option}`);
});

test.concurrent("parse --help tells every option", async () => {
  const { status, out } = await logdigest(["parse", "--help"]);
  expect(status).toBe(0);
  for (const option of ["--time-zone", "--year", "--explain"]) expect(out).toContain(option);
});

test.concurrent("--version is the package's", async () => {
  expect(await logdigest(["--version"])).toEqual({ status: 0, out: `${version}\n`, err: "" });
});
