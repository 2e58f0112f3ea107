import type { Event, Instant } from "../events/event.ts";
import type { Window } from "../window/window.ts";
import type { Finding } from "./digest.ts";
import type { Guessers } from "./guessers.ts";
import type { Past } from "./past.ts";
import type { Thresholds } from "./thresholds.ts";

/** A guess that was refused, as the connections see it. */
export interface Try {
  readonly at: Instant;
  readonly count: number;
  readonly event: Event;
  readonly ip: string | undefined;
  readonly user: string | undefined;
  /** When the connection that made it began. */
  readonly beganAt: Instant;
  readonly service: string;
  /** The machine, as the digest names it. */
  readonly host: string;
  /** False in the hours before the window. A late line is inside, though its time is before. */
  readonly inside: boolean;
}

/** A finding as its rule concludes it. */
export interface Found extends Finding {
  /** Secrets that stand in the logs where a name belongs. The digest shows them nowhere. */
  readonly masked?: readonly string[] | undefined;
}

/** Looks for one thing in the merged stream, with bounded memory. The hours before the window are passed in too. */
export interface FindingRule {
  /** The kinds of event that it is told of; of all when it names none. */
  readonly kinds?: readonly Event["kind"][] | undefined;
  /** A try comes before the event of the line that told it, or later, when it took a while to be certain. */
  observeTry(attempt: Try): void;
  /** @param inside as for a try */
  observeEvent(event: Event, at: Instant, host: string, inside: boolean): void;
  /** What was found in the window. */
  conclude(): readonly Found[];
}

/**
 * A rule's file exports how to start it for a window; without thresholds it takes the defaults.
 *
 * @param past undefined where nothing is remembered
 * @param counted who tried in the window, when another rule counts that already
 */
export type StartRule = (window: Window, thresholds?: Thresholds, past?: Past, counted?: Guessers) => FindingRule;

/** For a rule that looks at events alone: nobody calls it for every try. */
export const ignore = (): void => undefined;
