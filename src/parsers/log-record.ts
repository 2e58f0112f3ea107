// What a log of records says in one of them, whichever program keeps it.

/** One record; its time is written into the stamp. */
export interface LogRecord {
  readonly stamped: boolean;
  readonly hostname: string;
  readonly appName: string;
  readonly procId: string;
  /** One message, whatever it holds: line breaks in it are shown as rsyslog shows them, `#012`. */
  readonly message: string;
  /** False when whoever sends a user name could have written the record. */
  readonly believable: boolean;
  /** The record says that others were lost. */
  readonly lost: boolean;
}

/** A record of which nothing is known yet. */
export const NOBODY = { hostname: "", appName: "", procId: "", message: "", believable: true, lost: false };
