import { expect, test } from "vitest";
import { Exit, ReportError } from "../../src/errors.ts";
import { validateSchedule } from "../../src/schedule/expression.ts";

test.each([
  ["55 23 * * *", "55 23 * * *"],
  ["  55  23 * *\t* ", "55 23 * * *"],
  ["*/5 * * * *", "*/5 * * * *"],
  ["0 6,18 1-15/2 jan-mar MON-FRI", "0 6,18 1-15/2 jan-mar MON-FRI"],
  ["0 0 * * 7", "0 0 * * 7"],
  ["0 0 29 2 *", "0 0 29 2 *"],
  ["@hourly", "0 * * * *"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@weekly", "0 0 * * 0"],
  ["@monthly", "0 0 1 * *"],
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
])("accepts %j", (expr, spelt) => {
  expect(validateSchedule(expr)).toBe(spelt);
});

test.each([
  ["", "not five fields of crontab"],
  ["   ", "not five fields of crontab"],
  ["55 23 * *", "not five fields of crontab"],
  ["0 55 23 * * *", "not five fields of crontab"],
  ["@reboot", "not five fields of crontab"],
  ["daily", "not five fields of crontab"],
  ["55 23 L * *", "not five fields of crontab"],
  ["H H * * *", "not five fields of crontab"],
  ["0 0 ? * 1#2", "not five fields of crontab"],
  ["1/5 * * * *", "not five fields of crontab"],
  ["-5 * * * *", "not five fields of crontab"],
  ["60 23 * * *", "expected range 0-59"],
  ["0 24 * * *", "expected range 0-23"],
  ["0 0 0 * *", "expected range 1-31"],
  ["*/0 * * * *", "cannot repeat"],
  ["5-1 * * * *", "Invalid range"],
  ["0 0 * mon *", "mon"],
  ["55 23 31 2 *", "Invalid explicit day of month"],
  ["55 23 30 2 *", "Invalid explicit day of month"],
  ["55 23 31 4,6 *", "Invalid explicit day of month"],
])("refuses %j: %s", (expr, reason) => {
  const read = () => validateSchedule(expr);
  expect(read).toThrow(ReportError);
  expect(read).toThrow(expect.objectContaining({ exit: Exit.Config, message: expect.stringContaining(reason) }));
  expect(read).toThrow('such as "55 23 * * *"');
});
