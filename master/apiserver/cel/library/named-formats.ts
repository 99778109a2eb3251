/**
 * Named formats in expressions: `!format.dns1123Label().validate(self.name).hasValue()`.
 *
 * What `validate` gives is nothing when the text has the format, else the reasons it has not, for a message expression to show.
 * https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-format-library
 */
import { hasFormat } from '../../../../helper/api/apiextensions/schema/formats';
import {
  asPrefix,
  dns1035Label,
  dnsLabel,
  dnsSubdomain,
  labelValue,
  type NameRule,
  qualifiedNameRule,
} from '../../../../helper/api/names';
import { global, method, type Overload } from '../functions';
import { listOf, optionalOf, STRING, simpleType } from '../types';
import { CelOptional, type OpaqueValue } from '../values';

const FORMAT = simpleType('kubernetes.NamedFormat');

class NamedFormat implements OpaqueValue {
  readonly celType = FORMAT.name;
  constructor(readonly rule: NameRule) {}
  isEqualTo(other: unknown): boolean {
    return other === this;
  }
}

/** A format of schemas, with what is said of a text that has it not. */
const schemaFormat =
  (format: string, reason: (text: string) => string): NameRule =>
  (text) =>
    hasFormat(format, text) ? [] : [reason(text)];

const uriProblem = (text: string): string =>
  `parse ${JSON.stringify(text)}: ${text === '' ? 'empty url' : 'invalid URI for request'}`;

const RULES: Readonly<Record<string, NameRule>> = {
  dns1123Label: dnsLabel,
  dns1123Subdomain: dnsSubdomain,
  dns1035Label,
  qualifiedName: qualifiedNameRule,
  dns1123LabelPrefix: asPrefix(dnsLabel),
  dns1123SubdomainPrefix: asPrefix(dnsSubdomain),
  dns1035LabelPrefix: asPrefix(dns1035Label),
  labelValue,
  uri: schemaFormat('uri', uriProblem),
  uuid: schemaFormat('uuid', () => 'does not match the UUID format'),
  byte: schemaFormat('byte', () => 'invalid base64'),
  date: schemaFormat('date', () => 'invalid date'),
  datetime: schemaFormat('date-time', () => 'invalid datetime'),
};

const FORMATS: ReadonlyMap<string, NamedFormat> = new Map(
  Object.entries(RULES).map(([name, rule]) => [name, new NamedFormat(rule)]),
);

function named(name: string): CelOptional {
  const format = FORMATS.get(name);
  return format ? CelOptional.of(format) : CelOptional.none;
}

function validate({ rule }: NamedFormat, text: string): CelOptional {
  const reasons = rule(text);
  return reasons.length > 0 ? CelOptional.of(reasons) : CelOptional.none;
}

export const namedFormats: readonly Overload[] = [
  global('format.named', [STRING], optionalOf(FORMAT), named),
  ...[...FORMATS].map(([name, format]) => global(`format.${name}`, [], FORMAT, () => format)),
  method('validate', [FORMAT, STRING], optionalOf(listOf(STRING)), validate),
];
