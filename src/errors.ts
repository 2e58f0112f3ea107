// Every way a run can end badly, and the exit status that says so. Numbers are those of sysexits.h, because cron,
// launchd and systemd see nothing but a number.

/** Exit statuses. `Source*` mean "delivered or printed, but a source was not right". */
export const Exit = {
  Ok: 0,
  Usage: 64,
  SourceDamaged: 65,
  SourceMissing: 66,
  Refused: 69,
  Bug: 70,
  CannotWrite: 73,
  Later: 75,
  Config: 78,
} as const;
export type ExitCode = (typeof Exit)[keyof typeof Exit];

/** When several conditions hold, the run ends with the first of these. */
const PRECEDENCE: readonly ExitCode[] = [
  Exit.Usage,
  Exit.Config,
  Exit.Bug,
  Exit.CannotWrite,
  Exit.Later,
  Exit.Refused,
  Exit.SourceMissing,
  Exit.SourceDamaged,
];

/** Returns the one status that a run with all these conditions ends with; 0 when there is none. */
export function worstExit(codes: readonly ExitCode[]): ExitCode {
  return PRECEDENCE.find((code) => codes.includes(code)) ?? Exit.Ok;
}

/** A failure we understand: one line that says what, where, and what to do. Anything else that is thrown is a bug. */
export class ReportError extends Error {
  readonly exit: ExitCode;
  constructor(exit: ExitCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "ReportError";
    this.exit = exit;
  }
}

/** Returns the message of whatever was thrown, on one line. */
export function reasonOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return message.replace(/\s+/g, " ").trim();
}
