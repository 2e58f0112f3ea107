import type { Instant } from "../../events/event.ts";
import { localMinute } from "../../window/local-minute.ts";
import type { Window } from "../../window/window.ts";

/** Returns a function that names an instant: `23:42`, or `2026-11-18 23:42` when its date is not that of `beside`. */
export function whenIn({ timeZone }: Window): (at: Instant, beside: Instant) => string {
  return (at, beside) => {
    const minute = localMinute(timeZone, at);
    return minute.slice(0, 10) === localMinute(timeZone, beside).slice(0, 10) ? minute.slice(11) : minute;
  };
}
