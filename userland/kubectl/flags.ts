/**
 * Flags that several commands share, with kubectl's names and letters.
 */
import { type Command, InvalidArgumentError } from 'commander';
import type { WriteOptions } from '../../helper/client/client';
import { CommandError } from './command-error';

const collect = (value: string, previous: readonly string[] = []) => [...previous, ...value.split(',').filter(Boolean)];
/** Values that may hold commas themselves. */
export const collectWhole = (value: string, previous: readonly string[] = []) => [...previous, value];

export function addFileFlags(command: Command): Command {
  return command
    .option('-f, --filename <file>', 'file, folder, - for standard input, $/... for the project root', collect)
    .option('-k, --kustomize <folder>', 'folder of a kustomization')
    .option('-R, --recursive', 'folders of folders too');
}

export function addSelectorFlags(command: Command): Command {
  return command
    .option('-l, --selector <labels>', 'label selector: app=web,tier!=db')
    .option('--field-selector <fields>', 'field selector: status.phase=Running')
    .option('-A, --all-namespaces', 'in all namespaces');
}

export function addOutputFlag(command: Command): Command {
  return command
    .option('-o, --output <format>', 'json, yaml, name, wide, jsonpath=..., custom-columns=...')
    .option('--show-managed-fields', 'keep metadata.managedFields in json and yaml');
}

export interface OutputFlags {
  readonly output?: string;
  readonly showManagedFields?: boolean;
}

export type DryRun = 'none' | 'client' | 'server';

export interface DryRunFlags {
  readonly dryRun?: DryRun;
}

export function addDryRunFlag(command: Command): Command {
  return command.option('--dry-run <mode>', 'none, client (print only) or server (checked, not kept)', (value) => {
    if (!['none', 'client', 'server'].includes(value))
      throw new InvalidArgumentError(`Invalid dry-run value (${value}). Must be "none", "server", or "client".`);
    return value;
  });
}

/** Of verbs that write: under which name, and what of fields the type does not have. */
export interface WriteFlags extends DryRunFlags {
  readonly fieldManager?: string;
  /** true for the bare flag */
  readonly validate?: FieldValidation | true;
}

type FieldValidation = NonNullable<WriteOptions['fieldValidation']>;

const VALIDATIONS: Readonly<Record<string, FieldValidation>> = {
  strict: 'Strict',
  true: 'Strict',
  warn: 'Warn',
  ignore: 'Ignore',
  false: 'Ignore',
};

export function addManagerFlag(command: Command): Command {
  return command.option('--field-manager <name>', 'name under which fields are owned');
}

export function addWriteFlags(command: Command): Command {
  return addManagerFlag(command).option(
    '--validate [mode]',
    'fields the type does not have: strict (refused), warn or ignore',
    (value) => {
      const validation = VALIDATIONS[value];
      if (validation) return validation;
      throw new InvalidArgumentError(
        `invalid - validate option ${JSON.stringify(value)}; must be one of: strict (or true), warn, ignore (or false)`,
      );
    },
  );
}

/** How the server is to write; `fieldManager` is the verb's own name for it. */
export function writeOptionsOf({ fieldManager: given, validate, dryRun }: WriteFlags, fieldManager: string) {
  return {
    fieldManager: given ?? fieldManager,
    fieldValidation: validate === undefined || validate === true ? 'Strict' : validate,
    dryRun: dryRun === 'server',
  } as const satisfies WriteOptions;
}

/** ` (dry run)`, ` (server dry run)` or ''. */
export function dryRunWords({ dryRun }: DryRunFlags): string {
  if (dryRun === 'client') return ' (dry run)';
  return dryRun === 'server' ? ' (server dry run)' : '';
}

/** A whole number. */
export function integer(value: string): number {
  const number = Number(value);
  if (!/^-?\d+$/.test(value)) throw new InvalidArgumentError(`${JSON.stringify(value)} is not a whole number.`);
  return number;
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of `30s`, `1h30m`, `500ms`, `0`; a bare number is seconds. */
export function durationMs(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text) * 1000;
  if (!/^-?(\d+(\.\d+)?(ms|s|m|h))+$/.test(text))
    throw new CommandError(`invalid duration ${JSON.stringify(text)}, expected a value such as 30s, 5m or 1h30m`);
  const sign = text.startsWith('-') ? -1 : 1;
  return (
    sign *
    [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
      (sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? ''] ?? 0),
      0,
    )
  );
}

/** The level of a flag: `-v 6`, `-v=6`. */
export function verbosity(text: string): number {
  const level = Number(text.replace(/^=/, ''));
  if (!Number.isInteger(level))
    throw new InvalidArgumentError(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return level;
}
