/**
 * Tables of what a kind refuses, accepts and fills in, one line a rule: the kind's sample with some fields changed.
 *
 * A change is written as a path and a value: `{ 'spec/replicas': -1 }`; undefined takes the field away, `~1` is a slash.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { FieldError } from './field-error';
import type { Kind } from './kind';
import type { KubeObject } from './meta';

const FOLDER = join(__dirname, '../../yaml_default');

export type Edits = Readonly<Record<string, unknown>>;
/** Changes, and what is said about them: `field: message`. */
export type Refusal = readonly [edits: Edits, ...errors: string[]];

/** A row of the table whose kind does not matter here. */
// biome-ignore lint/suspicious/noExplicitAny: samples are read from files; their type is known to the row alone.
type AnyKind = Kind<any>;

function edited(object: KubeObject, edits: Edits): KubeObject {
  const copy = structuredClone(object);
  for (const [path, value] of Object.entries(edits)) {
    const keys = path.split('/').map((key) => key.replaceAll('~1', '/'));
    const last = keys.pop() ?? '';
    let place = copy as unknown as Record<string, unknown>;
    for (const key of keys) {
      place[key] ??= {};
      place = place[key] as Record<string, unknown>;
    }
    if (value === undefined) delete place[last];
    else place[last] = structuredClone(value);
  }
  return copy;
}

function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const key of path.split('/')) {
    value = (value as Record<string, unknown> | undefined)?.[key.replaceAll('~1', '/')];
  }
  return value;
}

const said = (errors: readonly FieldError[]) => errors.map(({ field, message }) => `${field}: ${message}`);
const titleOf = (edits: Edits) =>
  Object.entries(edits)
    .map(([path, value]) => `${path} = ${JSON.stringify(value)}`)
    .join(', ')
    .slice(0, 160);

function sampleOf(kind: AnyKind, file: string): KubeObject {
  const sample = parse(readFileSync(join(FOLDER, `${file}.yaml`), 'utf8')) as KubeObject;
  if (kind.namespaced) sample.metadata.namespace = 'default';
  return sample;
}

/** A new object as the server would have it, up to validation. */
function complete(kind: AnyKind, file: string, edits: Edits): KubeObject {
  const object = edited(sampleOf(kind, file), edits);
  object.metadata.uid = 'u';
  kind.strategy.prepareForCreate?.(object);
  kind.strategy.applyDefaults?.(object);
  return object;
}

/** The rules of one kind, told by its sample `yaml_default/<file>.yaml`. */
export function rulesOf(kind: AnyKind, file: string) {
  const cases = (refusals: readonly Refusal[]) =>
    refusals.map(([edits, ...errors]) => [titleOf(edits), edits, errors] as const);
  const judge = (object: KubeObject) => [
    ...kind.strategy.validate(object),
    ...(kind.strategy.validateCreate?.(object) ?? []),
  ];
  const change = (edits: Edits, before: Edits) => {
    const old = complete(kind, file, before);
    old.metadata.resourceVersion = '1';
    const next = edited(old, edits);
    kind.strategy.prepareForUpdate?.(next, old);
    kind.strategy.applyDefaults?.(next);
    const errors = kind.strategy.validate(next);
    return { next, old, errors: errors.length > 0 ? errors : (kind.strategy.validateUpdate?.(next, old) ?? []) };
  };
  return {
    /** Each change makes a new object that is refused with just these words. */
    refuses(refusals: readonly Refusal[]): void {
      test.each(cases(refusals))('refuses %s', (_title, edits, errors) => {
        expect(said(judge(complete(kind, file, edits)))).toEqual(errors);
      });
    },
    /** Each change makes a new object that is fine. */
    accepts(accepted: readonly Edits[]): void {
      test.each(accepted.map((edits) => [titleOf(edits), edits] as const))('accepts %s', (_title, edits) => {
        expect(said(judge(complete(kind, file, edits)))).toEqual([]);
      });
    },
    /** After each change, these fields are filled in with these values. */
    fillsIn(filled: readonly (readonly [edits: Edits, values: Edits])[]): void {
      test.each(filled.map(([edits, values]) => [titleOf(edits), edits, values] as const))(
        'fills in what is missing: %s',
        (_title, edits, values) => {
          const object = complete(kind, file, edits);
          for (const [path, value] of Object.entries(values))
            expect([path, valueAt(object, path)]).toEqual([path, value]);
        },
      );
    },
    /** Each change of an existing object (the sample, with `before` changed) is refused with just these words. */
    refusesChanges(refusals: readonly Refusal[], before: Edits = {}): void {
      test.each(cases(refusals))('refuses the change %s', (_title, edits, errors) => {
        expect(said(change(edits, before).errors)).toEqual(errors);
      });
    },
    /** Each change of an existing object is fine. */
    acceptsChanges(accepted: readonly Edits[], before: Edits = {}): void {
      test.each(accepted.map((edits) => [titleOf(edits), edits] as const))('accepts the change %s', (_title, edits) => {
        expect(said(change(edits, before).errors)).toEqual([]);
      });
    },
    /** Each change of the status is refused with just these words. */
    refusesStatus(refusals: readonly Refusal[], before: Edits = {}): void {
      test.each(cases(refusals))('refuses the status %s', (_title, edits, errors) => {
        const { next, old } = change(edits, before);
        expect(said(kind.strategy.validateStatusUpdate?.(next, old) ?? [])).toEqual(errors);
      });
    },
  };
}
