// How findings speak of numbers, names and times.
import type { Instant } from "../../events/event.ts";
import type { Window } from "../../window/window.ts";
import { whenIn } from "./when.ts";

const MOST_NAMED = 3;

const grouped = new Intl.NumberFormat("en-US");

/** `1,341`, as the rest of the digest writes it. */
export function thousands(value: number): string {
  return grouped.format(value);
}

/** `alice, bob, carol and 4 others` */
export function listOf(names: readonly string[], total = names.length): string {
  const told = names.slice(0, MOST_NAMED);
  const left = total - told.length;
  if (left <= 0) return told.join(", ");
  return `${told.join(", ")} and ${left === 1 ? "1 other" : `${thousands(left)} others`}`;
}

/**
 * `alice`, or `3 users`: how a title names whom it is about. It names one or none: findings are silenced by a name in
 * the title (silence.ts), and nobody may be silent because of another.
 */
export function oneOf(names: readonly string[], many: string, total = names.length): string {
  return total === 1 ? (names[0] ?? "") : `${thousands(total)} ${many}`;
}

/** `once`, `14 times` */
export function timesOf(count: number): string {
  return count === 1 ? "once" : `${thousands(count)} times`;
}

/** `1 try`, `14 tries` */
export function countOf(count: number, one: string, many: string): string {
  return `${thousands(count)} ${count === 1 ? one : many}`;
}

/** Returns a function that names a stretch: `at 23:42`, `from 21:02 to 23:25`; dates stand where they are not the window's last. */
export function spanIn(window: Window): (first: Instant, last: Instant) => string {
  const when = whenIn(window);
  return (first, last) => {
    const [from, to] = [when(first, window.to - 1), when(last, window.to - 1)];
    return from === to ? `at ${from}` : `from ${from} to ${to}`;
  };
}
