// Which programs' lines are understood: a release that words its messages anew must not pass for a quiet night.
import { type Ledger, worsen } from "../sources/source.ts";
import type { Program } from "./dispatch.ts";
import { shapeOf } from "./shapes.ts";

/** Fewer lines of one program say nothing about whether it is understood. */
const ENOUGH_LINES = 20;
/** Shapes of one program that are told apart, and that are named. */
const MOST_SHAPES = 50;
const NAMED_SHAPES = 2;

interface Tally {
  lines: number;
  unrecognised: number;
  /** How often the shapes that came first were seen. */
  readonly shapes: Map<string, number>;
}

/** Counts the lines of each program in the window, and those that nothing recognised. */
export class Recognition {
  private readonly programs = new Map<string, Tally>();
  private last: Program | undefined;
  private tally: Tally = { lines: 0, unrecognised: 0, shapes: new Map() };

  /** @returns false when the line counts among those that nothing recognised */
  count(program: Program, isRecognised: boolean, message: string): boolean {
    if (program !== this.last) {
      this.last = program;
      this.tally = this.programs.get(program.name) ?? { lines: 0, unrecognised: 0, shapes: new Map() };
      this.programs.set(program.name, this.tally);
    }
    this.tally.lines++;
    if (isRecognised) return true;
    this.tally.unrecognised++;
    const { shapes } = this.tally;
    // The first ones are enough to know the form by; a flood of them costs no more than a counter.
    if (this.tally.unrecognised > 10 * ENOUGH_LINES) return false;
    const shape = shapeOf(message);
    const seen = shapes.get(shape);
    if (seen !== undefined || shapes.size < MOST_SHAPES) shapes.set(shape, (seen ?? 0) + 1);
    return false;
  }

  /**
   * Says which programs are not understood.
   *
   * @param undatedRun lines without a time that the log ends with
   */
  conclude(ledger: Ledger, undatedRun: number): void {
    for (const [name, { lines, unrecognised, shapes }] of this.programs) {
      if (lines < ENOUGH_LINES || unrecognised * 2 <= lines) continue;
      const common = [...shapes].sort((a, b) => b[1] - a[1]).slice(0, NAMED_SHAPES);
      const named = common.map(([shape]) => JSON.stringify(shape.slice(0, 120))).join(" and ");
      ledger.shapes.push(...common.map(([shape]) => `${name}: ${shape}`));
      const note = `${unrecognised} of ${lines} lines of ${name} have a form that this version does not know, such as ${named}`;
      worsen(ledger, "unrecognised", note);
    }
    const { lines, undated } = ledger;
    if (undated >= ENOUGH_LINES && undated * 2 > lines) {
      ledger.shapes.push("no time stamp");
      worsen(ledger, "unrecognised", `${undated} of ${lines} lines have no time stamp that this version can read`);
    } else if (ledger.login && undatedRun >= ENOUGH_LINES) {
      // Its form changed within the window: what came before may outweigh it.
      ledger.shapes.push("no time stamp");
      worsen(ledger, "unrecognised", `its last ${undatedRun} lines have no time stamp that this version can read`);
    }
  }
}
