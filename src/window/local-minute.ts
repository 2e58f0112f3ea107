import type { Instant } from "../events/event.ts";
import { zoneClock } from "./zone.ts";

/** Returns `yyyy-MM-dd HH:MM` by the wall clock of `zone`. */
export function localMinute(zone: string, at: Instant): string {
  return new Date(zoneClock(zone).wallOf(at)).toISOString().slice(0, 16).replace("T", " ");
}
