import type { Kind } from '../../../helper/api/kind';
import { findKind } from '../../../helper/api/kinds';
import type { KubeObject } from '../../../helper/api/meta';
import { toPartialObjectMetadataList } from './partial-object-metadata';
import { objectToTable, toTable, watchEventToTable } from './table';

const now = new Date('2025-01-01T00:01:00Z');
const configMap: KubeObject & { data: Record<string, string> } = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'default', resourceVersion: '7', creationTimestamp: '2025-01-01T00:00:00Z' },
  data: { a: '1', b: '2' },
};

function kindOf(plural: string): Kind {
  const kind = findKind('', 'v1', plural);
  if (!kind) throw new Error(`no kind ${plural}`);
  return kind;
}

describe('toTable()', () => {
  test('gives the columns of the kind, the cells of each object and its metadata', () => {
    const table = toTable(kindOf('configmaps'), [configMap], { now, listMetadata: { resourceVersion: '9' } });
    expect(table.metadata).toEqual({ resourceVersion: '9' });
    expect(table.columnDefinitions.map(({ name, priority }) => [name, priority])).toEqual([
      ['Name', 0],
      ['Data', 0],
      ['Age', 0],
    ]);
    expect(table.columnDefinitions[0]?.format).toBe('name');
    expect(table.rows).toEqual([
      {
        cells: ['settings', '2', '60s'],
        object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: configMap.metadata },
      },
    ]);
  });

  test.each([
    ['None' as const, null],
    ['Object' as const, configMap],
  ])('carries with includeObject=%s what was asked for', (includeObject, object) => {
    expect(toTable(kindOf('configmaps'), [configMap], { now, includeObject }).rows[0]?.object).toEqual(object);
  });

  test('of no objects has definitions and no rows', () => {
    const table = toTable(kindOf('pods'), [], { now });
    expect(table.rows).toEqual([]);
    expect(table.columnDefinitions.map(({ name }) => name)).toEqual([
      'Name',
      'Ready',
      'Status',
      'Restarts',
      'Age',
      'IP',
      'Node',
      'Nominated Node',
      'Readiness Gates',
    ]);
  });

  test('of a kind without columns shows name and age', () => {
    const table = toTable({ columns: [] }, [configMap], { now });
    expect(table.columnDefinitions.map(({ name }) => name)).toEqual(['Name', 'Age']);
    expect(table.rows[0]?.cells).toEqual(['settings', '60s']);
  });
});

describe('objectToTable() and watchEventToTable()', () => {
  test('a single object gives its resourceVersion to the table', () => {
    expect(objectToTable(kindOf('configmaps'), configMap, { now }).metadata).toEqual({ resourceVersion: '7' });
  });

  test('an event becomes a table of one row, without definitions when asked', () => {
    const event = watchEventToTable(
      kindOf('configmaps'),
      { type: 'MODIFIED', object: configMap },
      { now, withoutDefinitions: true },
    );
    expect(event).toMatchObject({ type: 'MODIFIED', object: { kind: 'Table', columnDefinitions: [] } });
  });

  test('a bookmark becomes a table without rows, an error stays what it is', () => {
    const bookmark: KubeObject = { apiVersion: 'v1', kind: 'Pod', metadata: { name: '', resourceVersion: '12' } };
    expect(watchEventToTable(kindOf('pods'), { type: 'BOOKMARK', object: bookmark }, { now }).object).toMatchObject({
      kind: 'Table',
      metadata: { resourceVersion: '12' },
      rows: [],
    });
    const failure: KubeObject = { apiVersion: 'v1', kind: 'Status', metadata: { name: '' } };
    expect(watchEventToTable(kindOf('pods'), { type: 'ERROR', object: failure }, { now }).object).toBe(failure);
  });
});

test('toPartialObjectMetadataList() keeps metadata only', () => {
  expect(toPartialObjectMetadataList([configMap], { resourceVersion: '3' })).toEqual({
    kind: 'PartialObjectMetadataList',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: '3' },
    items: [{ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: configMap.metadata }],
  });
});
