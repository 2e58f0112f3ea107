// Which lines of a log have a time, and which should.
import type { Ledger } from "../sources/source.ts";
import { Authorship } from "./authorship.ts";

export class DatedLines {
  authorship = new Authorship();
  /** Lines without a time since the last one that had one. */
  undatedRun = 0;
  private undated = 0;
  /** Lines of the batch that nobody expects a time of: empty ones, and those that go on with the one before. */
  private timeless = 0;

  beginFile(): void {
    this.authorship = new Authorship();
  }

  beginBatch(): void {
    this.undated = this.timeless = 0;
  }

  sawStamp(): void {
    this.authorship.sawStamp();
    this.undatedRun = 0;
  }

  sawTimeless(): void {
    this.timeless++;
  }

  /** A stamp that names no moment. */
  sawUndated(): void {
    this.undated++;
  }

  /** @param isTagged the line names a program */
  sawUnstamped(text: string, from: number, isTagged: boolean): void {
    this.undated++;
    this.undatedRun++;
    this.authorship.sawUnstamped(text, from, isTagged);
  }

  /** @param lines of the batch */
  endBatch(ledger: Ledger, lines: number): void {
    ledger.undated += this.undated;
    this.authorship.expect(lines - this.timeless);
  }
}
