/**
 * A manifest file as documents whose every value knows its line.
 *
 * Duplicate keys and bad YAML are errors with their line; several documents, dialect and canonical ones mixed, are fine.
 */
import { type Document, isCollection, isNode, LineCounter, parseAllDocuments } from 'yaml';
import { exactInteger, hasLongNumber } from '../api/schema/exact-numbers';
import { ManifestError } from './manifest-error';

/** A path into a document: `['containers', 0, 'port']`. */
export type Path = readonly (string | number)[];

export interface ManifestDocument {
  readonly file: string;
  /** plain data; an object */
  readonly value: Readonly<Record<string, unknown>>;
  /** has a top-level `name` and no `apiVersion` */
  readonly isDialect: boolean;
  /** line of the value at the path, or of the nearest thing around it */
  lineOf(path: Path): number;
}

/** Aliases beyond this are an attack ("billion laughs"), not a manifest. */
const MAX_ALIASES = 100;

/** `containers[0].port` */
export function showPath(path: Path): string {
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

function lineFinder(document: Document, lines: LineCounter): (path: Path) => number {
  return (path) => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
}

/** Empty documents are left out. Throws a ManifestError for the first mistake. */
export function readDocuments(text: string, file: string): ManifestDocument[] {
  const lines = new LineCounter();
  const intAsBigInt = hasLongNumber(text);
  const options = { lineCounter: lines, uniqueKeys: true, version: '1.1', merge: true, intAsBigInt } as const;
  const documents = parseAllDocuments(text, options);
  return (Array.isArray(documents) ? documents : []).flatMap((document) => {
    const problem = document.errors[0];
    if (problem) {
      const at = problem.linePos?.[0];
      throw new ManifestError(
        file,
        at?.line ?? 1,
        '',
        `${problem.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '')}${at ? ` (column ${at.col})` : ''}`,
      );
    }
    const lineOf = lineFinder(document, lines);
    const plain: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    const value = intAsBigInt ? withExactNumbers(plain, file, lineOf([])) : plain;
    if (value === null) return [];
    if (!isCollection(document.contents)) throw new ManifestError(file, lineOf([]), '', 'expected a mapping of fields');
    if (Array.isArray(value))
      throw new ManifestError(file, lineOf([]), '', 'expected a mapping of fields, found a list');
    const fields = value as Record<string, unknown>;
    return [{ file, value: fields, isDialect: 'name' in fields && !('apiVersion' in fields), lineOf }];
  });
}

/** The value with its whole numbers as numbers. Throws a ManifestError for one that would lose digits. */
function withExactNumbers(value: unknown, file: string, line: number): unknown {
  try {
    return JSON.parse(JSON.stringify(value, exactInteger));
  } catch (error) {
    throw new ManifestError(file, line, '', (error as Error).message);
  }
}
