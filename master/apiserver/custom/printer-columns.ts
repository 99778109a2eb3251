/**
 * `additionalPrinterColumns` of a definition as the columns of its kind.
 *
 * A value that is not there, or of another type than the column's, leaves the cell empty.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#additional-printer-columns
 */
import type { CustomResourceColumnDefinition } from 'kubernetes-types/apiextensions/v1';
import { ageOf } from '../../../helper/api/age';
import { ageColumn, nameColumn } from '../../../helper/api/columns';
import type { Column } from '../../../helper/api/kind';
import { type JsonPath, parseJsonPath } from './json-path';

type Cell = string | number | boolean | null;

/** The columns of a version; name and age when the definition names none. */
export function printerColumns(columns: readonly CustomResourceColumnDefinition[] | undefined): Column[] {
  if (!columns || columns.length === 0) return [nameColumn, { ...ageColumn, type: 'date' }];
  return [nameColumn, ...columns.map(columnOf)];
}

function columnOf({ name, type, format, description, priority = 0, jsonPath }: CustomResourceColumnDefinition): Column {
  const read = readerOf(jsonPath);
  return {
    name,
    type: type as Column['type'],
    ...(format ? { format } : {}),
    description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority,
    value: (object, now) => cellOf(type, read(object)[0], now),
  };
}

/** A path that cannot be read shows nothing: the definition was stored by a server that took it. */
function readerOf(jsonPath: string): JsonPath {
  try {
    return parseJsonPath(jsonPath);
  } catch {
    return () => [];
  }
}

function cellOf(type: string, value: unknown, now: Date): Cell {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      if (typeof value !== 'string') return null;
      return Number.isNaN(Date.parse(value)) ? '<invalid>' : ageOf(value, now);
    default:
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
}
