/**
 * `-o custom-columns=NAME:.metadata.name,NODE:.spec.nodeName`.
 * https://kubernetes.io/docs/reference/kubectl/#custom-columns
 */
import { CommandError } from '../command-error';
import { evaluatePath, printValue } from './jsonpath';
import { parseRelaxedPath, type Step } from './jsonpath-syntax';
import { TableWriter } from './tab-writer';

interface CustomColumn {
  readonly header: string;
  readonly path: readonly Step[];
}

/** Commas inside brackets (filters, unions) do not end a column. */
function splitColumns(text: string): string[] {
  const columns: string[] = [''];
  let depth = 0;
  for (const character of text) {
    if (character === '[' || character === '(') depth += 1;
    if (character === ']' || character === ')') depth -= 1;
    if (character === ',' && depth === 0) columns.push('');
    else columns[columns.length - 1] += character;
  }
  return columns;
}

export function parseCustomColumns(text: string): CustomColumn[] {
  if (text === '') throw new CommandError('custom-columns format specified but no custom columns given');
  return splitColumns(text).map((column) => {
    const colon = column.indexOf(':');
    if (colon < 1)
      throw new CommandError(`unexpected custom-columns spec: ${column}, expected <header>:<json-path-expr>`);
    return { header: column.slice(0, colon), path: parseRelaxedPath(column.slice(colon + 1)) };
  });
}

export function renderCustomColumns(text: string, objects: readonly unknown[], noHeaders: boolean): string {
  const columns = parseCustomColumns(text);
  const rows = objects.map((object) =>
    columns.map(({ path }) => {
      const values = evaluatePath(path, object).map(printValue);
      return values.length > 0 ? values.join(',') : '<none>';
    }),
  );
  return new TableWriter().render(noHeaders ? rows : [columns.map(({ header }) => header), ...rows]);
}
