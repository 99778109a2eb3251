/**
 * Columns of text, aligned the way kubectl aligns them.
 *
 * {@link alignTabs} is the elastic-tabstop rule of Go's text/tabwriter: a cell ends with a tab; cells of one column in lines
 * that follow each other share a width. {@link TableWriter} remembers its widths, so that lines of a watch stay in line.
 * https://pkg.go.dev/text/tabwriter
 */
export interface TabRule {
  readonly minWidth: number;
  readonly padding: number;
}

/** `kubectl get` */
const GET_RULE: TabRule = { minWidth: 6, padding: 3 };
/** `kubectl describe` */
export const DESCRIBE_RULE: TabRule = { minWidth: 0, padding: 2 };

const widthOf = (text: string) => [...text].length;

/** Widths of the cells of column `index`, line by line; a line without such a cell has none and ends the block. */
function columnWidths(lines: readonly (readonly string[])[], index: number, rule: TabRule): number[] {
  const widths = new Array<number>(lines.length).fill(0);
  for (let start = 0; start < lines.length; start += 1) {
    let end = start;
    let width = rule.minWidth;
    for (; (lines[end]?.length ?? 0) > index + 1; end += 1) {
      width = Math.max(width, widthOf(lines[end]?.[index] ?? '') + rule.padding);
    }
    if (end > start) {
      widths.fill(width, start, end);
      start = end;
    }
  }
  return widths;
}

/** The text with its tabs replaced by spaces. */
export function alignTabs(text: string, rule: TabRule): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const columns = Math.max(...lines.map((line) => line.length - 1));
  const widths = Array.from({ length: columns }, (_, index) => columnWidths(lines, index, rule));
  return lines
    .map((cells, row) =>
      cells
        .map((cell, index) =>
          index === cells.length - 1 ? cell : cell + ' '.repeat((widths[index]?.[row] ?? 0) - widthOf(cell)),
        )
        .join(''),
    )
    .join('\n');
}

export class TableWriter {
  private readonly widths: number[] = [];
  constructor(private readonly rule: TabRule = GET_RULE) {}

  /** Rows as lines; columns are never narrower than in the rows before. */
  render(rows: readonly (readonly string[])[]): string {
    for (const row of rows) {
      row.forEach((cell, index) => {
        const needed = Math.max(this.rule.minWidth, widthOf(cell) + this.rule.padding);
        this.widths[index] = Math.max(this.widths[index] ?? 0, needed);
      });
    }
    return rows.map((row) => `${this.line(row)}\n`).join('');
  }

  private line(row: readonly string[]): string {
    return row
      .map((cell, index) =>
        index === row.length - 1 ? cell : cell + ' '.repeat((this.widths[index] ?? 0) - widthOf(cell)),
      )
      .join('');
  }
}
