// What the process gives to a command. Nothing but this folder touches `process`.
import type { Readable } from "node:stream";
import type { Io } from "../run.ts";

export interface Terminal {
  /**
   * Writes to standard output, waiting while a pipe is full. A reader that went away, as `head` does, is no error.
   *
   * @returns false when nobody reads any more
   * @throws ReportError Exit.CannotWrite, for example when the disk is full
   */
  readonly print: (text: string) => Promise<boolean>;
  /** Writes one line to standard error. */
  readonly say: (line: string) => void;
  /** Overwrites the progress line on standard error; an empty text removes it. */
  readonly progress: ((text: string) => void) | undefined;
  /** A person is looking: standard output or standard error is a terminal. */
  readonly attended: boolean;
  /** Standard output is a terminal. */
  readonly isTerminal: boolean;
  readonly stdin: Readable;
}

export interface Surroundings {
  readonly io: Io;
  readonly terminal: Terminal;
  readonly uid: number | undefined;
  /** The system's zone. */
  readonly timeZone: string;
  /** Waits until an instant, or until the run is stopped. */
  readonly waitUntil: (at: number) => Promise<void>;
}
