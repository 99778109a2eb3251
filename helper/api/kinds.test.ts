import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { isFaceOfAnother, type Kind, storedAs } from './kind';
import { findKind, findKindByName, KINDS } from './kinds';
import type { KubeObject } from './meta';
import { apiVersionOf } from './resource';

const FOLDER = join(__dirname, '../../yaml_default');

function samples(): KubeObject[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.yaml'))
    .flatMap((file) => parseAllDocuments(readFileSync(join(FOLDER, file), 'utf8')))
    .map((document) => document.toJS() as KubeObject);
}

/** The sample of a kind; a face of another row shows that row's sample. */
function sampleOf(kind: Kind): KubeObject {
  const { group, version, kind: name } = storedAs(kind);
  const apiVersion = apiVersionOf({ group, version });
  const sample = samples().find((object) => object.apiVersion === apiVersion && object.kind === name);
  if (!sample) throw new Error(`no sample of ${name} in yaml_default/`);
  const [shown = sample] = (kind.face?.fromStored([sample]) ?? [sample]) as readonly KubeObject[];
  return shown;
}

/** Reviews are asked and never kept: no name, no columns, no sample. */
const STORED = KINDS.filter(({ stored }) => stored !== false);

describe('KINDS', () => {
  test.each(STORED.map((kind) => [`${apiVersionOf(kind)} ${kind.kind}`, kind] as const))(
    '%s has a sample in yaml_default/ whose defaults and validation pass, twice',
    (_name, kind) => {
      const sample = sampleOf(kind);
      if (kind.namespaced) sample.metadata.namespace ??= 'default';
      sample.metadata.uid = 'd3b07384-d113-4ec5-a5d1-2a4b3c5d6e7f';
      const { strategy } = kind;
      strategy.prepareForCreate?.(sample);
      strategy.applyDefaults?.(sample);
      expect(strategy.validate(sample)).toEqual([]);
      expect(strategy.warnings?.(sample) ?? []).toEqual([]);
      const once = structuredClone(sample);
      strategy.applyDefaults?.(sample);
      expect(sample).toEqual(once);
      sample.metadata.resourceVersion = '1';
      once.metadata.resourceVersion = '1';
      strategy.prepareForUpdate?.(sample, once);
      expect(strategy.validateUpdate?.(sample, once) ?? []).toEqual([]);
      for (const column of kind.columns) expect(column.value(sample, new Date())).toBeDefined();
      for (const read of Object.values(kind.fieldSelectors)) expect(typeof read(sample)).toBe('string');
    },
  );

  test.each(STORED.map((kind) => [kind.kind, kind] as const))(
    '%s refuses an object with nothing in it instead of throwing',
    (_name, kind) => {
      const empty: KubeObject = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: { name: '' } };
      kind.strategy.prepareForCreate?.(empty);
      kind.strategy.applyDefaults?.(empty);
      expect(kind.strategy.validate(empty).map(({ field }) => field)).toContain('metadata.name');
      expect(kind.strategy.warnings?.(empty) ?? []).toEqual([]);
    },
  );

  test('every sample is of a kind in the table', () => {
    for (const { apiVersion, kind } of samples()) {
      const [version = '', group = ''] = apiVersion.split('/').reverse();
      expect(findKindByName(group, version, kind)?.kind).toBe(kind);
    }
  });

  test('no two kinds share a path, a short name or a name, unless they show the same objects', () => {
    const names = KINDS.filter((kind) => !isFaceOfAnother(kind)).flatMap((kind) => [
      `${kind.group}/${kind.plural}`,
      `${kind.group}/${kind.kind}`,
      ...kind.shortNames,
    ]);
    expect(new Set(names).size).toBe(names.length);
  });

  test('findKind() finds by path, findKindByName() by kind, and neither finds what is not there', () => {
    expect(findKind('apps', 'v1', 'deployments')?.kind).toBe('Deployment');
    expect(findKindByName('', 'v1', 'Pod')?.plural).toBe('pods');
    expect(findKind('', 'v1', 'deployments')).toBeUndefined();
    expect(findKindByName('apps', 'v2', 'Deployment')).toBeUndefined();
  });
});
