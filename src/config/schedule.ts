// When the nightly run is due. The same text becomes a crontab line, a systemd timer and a launchd plist, so only what
// all of them can say is accepted; cron-parser alone would take "" and four fields as "every minute".
import { CronExpressionParser } from "cron-parser";
import { reasonOf } from "../errors.ts";

const NICKNAMES = ["@hourly", "@daily", "@weekly", "@monthly", "@yearly"];

/** Returns why `text` is no schedule, or undefined when it is one. */
export function scheduleProblem(text: string): string | undefined {
  if (NICKNAMES.includes(text)) return undefined;
  const shown = JSON.stringify(text);
  if (text.startsWith("@")) return `${shown} is no schedule (known: ${NICKNAMES.join(", ")})`;
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5 || fields[0] === "") {
    return `${shown} has ${fields[0] === "" ? 0 : fields.length} fields (write five: minute hour day month weekday, for example "55 23 * * *")`;
  }
  // cron-parser also knows ?, #, L, W and H; H even means another minute in each process.
  const foreign = fields.find((field) => !/^(?:[\d*,/-]|(?<![a-z])[a-z]{3}(?![a-z]))+$/i.test(field));
  if (foreign !== undefined) return `${shown} has the field ${JSON.stringify(foreign)}, which cron does not know`;
  try {
    CronExpressionParser.parse(fields.join(" "));
    return undefined;
  } catch (error) {
    return `${shown} is no schedule: ${reasonOf(error)}`;
  }
}
