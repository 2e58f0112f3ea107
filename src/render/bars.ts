// Bars made of table cells: a label, a cell as wide as the number is large, and the number as text. They need no image,
// and a screen reader reads them as the table that they are.
import { thousands } from "./words.ts";

export interface BarView {
  /** `00` for an hour, `19 Nov` for a night. */
  readonly label: string;
  /** `1,341` */
  readonly value: string;
  /** Width of the bar, 1 to 100; 0 for a value of 0. */
  readonly percent: number;
}

/** Bars that stand side by side, the first ones on the left. */
export interface ColumnView {
  readonly rows: readonly BarView[];
}

const BLOCKS = "▁▂▃▄▅▆▇█";

/** Returns the bars in two columns of equal length, as long as the largest value asks for. */
export function barColumns(values: readonly (readonly [label: string, value: number])[]): readonly ColumnView[] {
  const most = Math.max(1, ...values.map(([, value]) => value));
  const rows = values.map(([label, value]) => ({
    label,
    value: thousands(value),
    percent: value === 0 ? 0 : Math.max(1, Math.round((value / most) * 100)),
  }));
  const half = Math.ceil(rows.length / 2);
  return [{ rows: rows.slice(0, half) }, { rows: rows.slice(half) }];
}

/** Returns one block a value; the lowest belongs to zero alone: one try must not look like none. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(1, ...values);
  const blockOf = (value: number) =>
    BLOCKS.charAt(value === 0 ? 0 : Math.max(1, Math.ceil((value / most) * (BLOCKS.length - 1))));
  return values.map(blockOf).join("");
}
