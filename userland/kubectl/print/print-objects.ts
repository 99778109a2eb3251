/**
 * Objects in the formats of `-o`: everything but the server's tables.
 * https://kubernetes.io/docs/reference/kubectl/#output-options
 */
import { stringify } from 'yaml';
import { CommandError } from '../command-error';
import { objectLabel, type ServedResource } from '../resources/discovery';
import type { AnyObject } from '../resources/get-object';
import { parseCustomColumns, renderCustomColumns } from './custom-columns';
import { jsonPathValues, renderJsonPath } from './jsonpath';
import { parseJsonPath } from './jsonpath-syntax';
import { kubectlJson } from './kubectl-json';

const FORMATS = ['custom-columns', 'json', 'jsonpath', 'jsonpath-as-json', 'name', 'wide', 'yaml'] as const;
type FormatName = (typeof FORMATS)[number];

export interface OutputFormat {
  readonly name: FormatName;
  /** template or columns; '' for formats without */
  readonly argument: string;
}

/** undefined for the default, human output. Throws for a format that does not exist or a template that is wrong. */
export function parseOutputFormat(text: string | undefined): OutputFormat | undefined {
  if (!text) return undefined;
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

/** YAML as kubectl writes it: keys sorted, lists not indented, texts that look like numbers quoted. */
export function toYaml(value: unknown): string {
  return stringify(value, {
    sortMapEntries: true,
    indentSeq: false,
    lineWidth: 80,
    compat: 'yaml-1.1',
    aliasDuplicateObjects: false,
  });
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
