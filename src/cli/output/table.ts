import { escapeControls } from "../../core/messages/quote.ts";
import type { Column } from "./part.ts";

/** What to make a table of. */
export interface TableOptions {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** Width to fit into, in characters, if there is one. */
  readonly width: number | undefined;
  readonly titles: boolean;
}

/** Gives the width of a text on a terminal, in characters. */
type Measure = (text: string) => number;

const SEPARATOR = "  ";
const NARROWEST = 12;
const ELLIPSIS = "…";

/** Texts in which every code unit takes one character of a terminal. */
const PLAIN = /^[\x20-\x7e…]*$/;

/** An aligned table without borders, as lines; every cell is made safe for a terminal. */
export async function formatTable({ columns, rows, width, titles }: TableOptions): Promise<readonly string[]> {
  const cells = rows.map((row) => row.map(escapeControls));
  const measure = await chooseMeasure(cells);
  const all = titles ? [columns.map(({ title }) => title), ...cells] : cells;
  if (all.length === 0) return [];
  const limits = width === undefined ? [] : fitColumns(columns, { rows: all, width, measure });
  const fitted = all.map((row) => row.map((cell, index) => cut(cell, limits[index], measure)));
  return alignCells(columns, { rows: fitted, measure });
}

/** Rows with the width of their cells. */
interface Cells {
  readonly rows: readonly (readonly string[])[];
  readonly measure: Measure;
}

/** Wide characters need a library that is worth loading only for them. */
async function chooseMeasure(rows: readonly (readonly string[])[]): Promise<Measure> {
  if (rows.every((row) => row.every((cell) => PLAIN.test(cell)))) return (text) => text.length;
  const { default: stringWidth } = await import("string-width");
  return (text) => (PLAIN.test(text) ? text.length : stringWidth(text));
}

/** How wide each column may be for the table to fit: the widest that may shrink gives way first. */
function fitColumns(
  columns: readonly Column[],
  { width: available, ...cells }: Cells & { readonly width: number },
): readonly number[] {
  const widths = measureColumns(columns, cells);
  let excess = widths.reduce((sum, width) => sum + width, SEPARATOR.length * (columns.length - 1)) - available;
  while (excess > 0) {
    let widest = -1;
    for (const [index, column] of columns.entries()) {
      const width = widths[index] ?? 0;
      if (column.shrink && width > NARROWEST && width > (widths[widest] ?? 0)) widest = index;
    }
    if (widest < 0) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
  return widths;
}

function cut(text: string, limit: number | undefined, measure: Measure): string {
  if (limit === undefined || measure(text) <= limit) return text;
  let kept = "";
  for (const character of text) {
    if (measure(kept + character) > limit - ELLIPSIS.length) break;
    kept += character;
  }
  return kept + ELLIPSIS;
}

/** How wide the widest cell of each column is. */
function measureColumns(columns: readonly Column[], { rows, measure }: Cells): number[] {
  return columns.map((_, index) => rows.reduce((widest, row) => Math.max(widest, measure(row[index] ?? "")), 0));
}

/** Each row as a line, with its cells below those of the row before. */
function alignCells(columns: readonly Column[], { rows, measure }: Cells): readonly string[] {
  const widths = measureColumns(columns, { rows, measure });
  const align = (cell: string, index: number): string => {
    const gap = " ".repeat((widths[index] ?? 0) - measure(cell));
    return columns[index]?.align === "right" ? gap + cell : cell + gap;
  };
  return rows.map((row) => row.map(align).join(SEPARATOR).trimEnd());
}
