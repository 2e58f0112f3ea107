// Columns for people who read the text part in a terminal.

export interface Column {
  readonly align: "left" | "right";
  /** A cell longer than this pushes its own row and no other. */
  readonly widest: number;
}

/** Returns one line a row: two spaces, then the cells in columns two spaces apart. A column that is always empty goes. */
export function alignRows(rows: readonly (readonly string[])[], columns: readonly Column[]): string[] {
  const widths = columns.map(({ widest }, i) => Math.min(widest, Math.max(0, ...rows.map((row) => widthOf(row[i])))));
  return rows.map((row) => {
    const cells = columns.flatMap(({ align }, i) => {
      const width = widths[i] ?? 0;
      const gap = " ".repeat(Math.max(0, width - widthOf(row[i])));
      if (width === 0) return [];
      return [align === "right" ? gap + (row[i] ?? "") : (row[i] ?? "") + gap];
    });
    return `  ${cells.join("  ")}`.trimEnd();
  });
}

function widthOf(text: string | undefined): number {
  return text === undefined ? 0 : [...text].length;
}
