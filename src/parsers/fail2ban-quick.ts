// What fail2ban writes of each address, read in place: a filter's find, a ban and its end. All else is left to the rules of
// fail2ban.ts, which say the same of these (test/parsers/quick.test.ts).
import type { Ban, Event, Head } from "../events/event.ts";
import type { Bytes } from "../sources/bytes.ts";
import { Cursor } from "./cursor.ts";
import { eventOf } from "./event-of.ts";
import { type Literal, literal } from "./literal.ts";

const cursor = new Cursor();
const BLANK = literal(" ");
const JAIL = literal("[");
const LEVELS: readonly Literal[] = ["INFO ", "NOTICE ", "WARNING "].map(literal);
const DECISIONS: readonly (readonly [words: Literal, kind: Ban["kind"]])[] = [
  [literal("Found "), "ban.found"],
  [literal("Ban "), "ban"],
  [literal("Unban "), "unban"],
];

/** `LEVEL   [JAIL] DECISION IP[ - TIME]` */
export function readQuickly(bytes: Bytes, from: number, to: number, head: Head): Event | undefined {
  cursor.begin(bytes, from, to);
  if (!LEVELS.some((level) => cursor.skip(level))) return undefined;
  while (cursor.skip(BLANK));
  const jail = cursor.skip(JAIL) ? cursor.upTo(93) : undefined;
  if (jail === undefined || !cursor.skip(BLANK)) return undefined;
  const decision = DECISIONS.find(([words]) => cursor.skip(words));
  if (decision === undefined) return undefined;
  const ip = cursor.address();
  if (ip === undefined || !(cursor.isAtEnd || cursor.next === 32)) return undefined;
  return eventOf({ kind: decision[1], tool: "fail2ban", jail, ip }, head);
}
