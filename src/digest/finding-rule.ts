import type { Event, Instant } from "../events/event.ts";
import type { Window } from "../window/window.ts";
import type { Finding } from "./digest.ts";

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
  /** It counts in this window. */
  readonly inside: boolean;
}

/** Looks for one thing in the merged stream, with bounded memory. The hours before the window are passed in too. */
export interface FindingRule {
  /** A try comes before the event of the line that told it, or later, when it took a while to be certain. */
  observeTry(attempt: Try): void;
  /** @param inside false in the hours before the window, where a story may have begun that is told in it */
  observeEvent(event: Event, at: Instant, host: string, inside: boolean): void;
  /** What was found in the window. */
  conclude(): readonly Finding[];
}

/** A rule's file exports how to start it for a window. */
export type StartRule = (window: Window) => FindingRule;
