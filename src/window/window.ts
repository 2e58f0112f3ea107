import type { Instant } from "../events/event.ts";

/** A half-open period [from, to) with the zone that names its days. */
export interface Window {
  readonly from: Instant;
  readonly to: Instant;
  /** IANA name. */
  readonly timeZone: string;
  /** How the digest names it: `2026-11-19`, `2026-11-17 to 2026-11-19`, `2026-11-19 08:00-09:00`. */
  readonly label: string;
}
