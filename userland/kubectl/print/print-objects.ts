/**
 * Objects in the formats of `-o`: everything but the server's tables.
 * https://kubernetes.io/docs/reference/kubectl/#output-options
 */
import { readFileSync } from 'node:fs';
import { Document, visit } from 'yaml';
import { CommandError } from '../command-error';
import { objectLabel, type ServedResource } from '../resources/discovery';
import type { AnyObject } from '../resources/get-object';
import { parseCustomColumns, renderCustomColumns } from './custom-columns';
import { jsonPathValues, renderJsonPath } from './jsonpath';
import { parseJsonPath } from './jsonpath-syntax';
import { kubectlJson } from './kubectl-json';

const FORMATS = [
  'custom-columns',
  'custom-columns-file',
  'json',
  'jsonpath',
  'jsonpath-as-json',
  'jsonpath-file',
  'name',
  'wide',
  'yaml',
] as const;
type FormatName = (typeof FORMATS)[number];

export interface OutputFormat {
  readonly name: FormatName;
  /** template or columns; '' for formats without */
  readonly argument: string;
}

/** The template in a file; a file of columns has their names in one line and their paths in the next. */
function templateIn(format: string, file: string): string {
  const text = readFileSync(file, 'utf8');
  if (format === 'jsonpath') return text.trim();
  const [names = [], paths = []] = text.split('\n').map((line) => line.split(/\s+/).filter(Boolean));
  if (!names.length || names.length !== paths.length)
    throw new CommandError('columns file must have two lines with as many words each: names and paths');
  return names.map((name, index) => `${name}:${paths[index]}`).join(',');
}

/** undefined for the default, human output. Throws for a format that does not exist or a template that is wrong. */
export function parseOutputFormat(text: string | undefined): OutputFormat | undefined {
  if (!text) return undefined;
  const fromFile = /^(jsonpath|custom-columns)-file=(.+)$/.exec(text);
  if (fromFile) return parseOutputFormat(`${fromFile[1]}=${templateIn(fromFile[1] ?? '', fromFile[2] ?? '')}`);
  const equals = text.indexOf('=');
  const name = (equals < 0 ? text : text.slice(0, equals)) as FormatName;
  const argument = equals < 0 ? '' : text.slice(equals + 1);
  if (!FORMATS.includes(name)) {
    throw new CommandError(
      `unable to match a printer suitable for the output format ${JSON.stringify(text)}, allowed formats are: ${FORMATS.join(',')}`,
    );
  }
  if (name.startsWith('jsonpath')) {
    if (argument === '') throw new CommandError('template format specified but no template given');
    parseJsonPath(argument);
  }
  if (name === 'custom-columns') parseCustomColumns(argument);
  return { name, argument };
}

/** managedFields are for machines; shown only when asked for. */
function withoutManagedFields<T extends AnyObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

/** Texts that YAML would take for something of its own, but not for a number, a truth or nothing. */
const NEEDS_QUOTES = /^[,[\]{}#&*!|>'"%@`]|^[-?:](\s|$)|: |:$| #|^\s|\s$/;

/** YAML as kubectl writes it: keys sorted, lists not indented, texts that look like numbers in double quotes, odd ones in single quotes. */
export function toYaml(value: unknown): string {
  const document = new Document(value, { sortMapEntries: true, aliasDuplicateObjects: false, compat: 'yaml-1.1' });
  visit(document, {
    Scalar(_key, node) {
      const { value: text } = node;
      if (typeof text === 'string' && NEEDS_QUOTES.test(text) && !/[\n\r\t\\]/.test(text)) node.type = 'QUOTE_SINGLE';
    },
  });
  return document.toString({ indentSeq: false, lineWidth: 80 });
}

export interface PrintItem {
  readonly resource: Pick<ServedResource, 'kind' | 'group'>;
  readonly object: AnyObject;
}

export interface PrintOptions {
  /** one object by name is printed as itself, everything else as a List */
  readonly asList: boolean;
  readonly showManagedFields?: boolean;
  readonly noHeaders?: boolean;
}

/** The text of the objects in a format other than the human ones. */
export function renderObjects(items: readonly PrintItem[], format: OutputFormat, options: PrintOptions): string {
  const objects = items.map(({ object }) => (options.showManagedFields ? object : withoutManagedFields(object)));
  if (format.name === 'name') {
    return items.map(({ resource, object }) => `${objectLabel(resource, object.metadata.name)}\n`).join('');
  }
  if (format.name === 'custom-columns')
    return renderCustomColumns(format.argument, objects, options.noHeaders ?? false);
  const [only] = objects;
  const whole =
    options.asList || !only
      ? { apiVersion: 'v1', items: objects, kind: 'List', metadata: { resourceVersion: '' } }
      : only;
  switch (format.name) {
    case 'json':
      return `${kubectlJson(whole, 4)}\n`;
    case 'yaml':
      return toYaml(whole);
    case 'jsonpath-as-json':
      return `${kubectlJson(jsonPathValues(format.argument, whole), 4)}\n`;
    default:
      return renderJsonPath(format.argument, whole);
  }
}
