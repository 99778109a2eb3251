import { podResource } from '../../../helper/api/core/pod';
import type { GraphNode } from './graph';
import { type Judgement, judge, type OwnerState } from './judge';

const node = (waitsForDependents: boolean): GraphNode => ({
  uid: 'd',
  resource: podResource,
  namespace: 'default',
  name: 'd',
  owners: [],
  isDeleting: waitsForDependents,
  waitsForDependents,
  orphansDependents: false,
});

type Row = readonly [string, Record<string, OwnerState>, readonly string[], readonly GraphNode[], Judgement];
const deleted = (policy: 'Background' | 'Foreground' | 'Orphan', unblock = false): Judgement => ({
  action: 'delete',
  policy,
  unblock,
});

const ROWS: readonly Row[] = [
  ['keeps an object without owners', {}, [], [], { action: 'keep' }],
  ['keeps an object whose owners all exist', { a: 'solid', b: 'solid' }, [], [], { action: 'keep' }],
  [
    'cuts the owner that is gone when another stays',
    { a: 'solid', b: 'absent' },
    [],
    [],
    { action: 'cut', uids: ['b'] },
  ],
  [
    'cuts the owner that waits when another stays',
    { a: 'solid', b: 'waiting' },
    [],
    [],
    { action: 'cut', uids: ['b'] },
  ],
  ['deletes an object without owners left', { a: 'absent' }, [], [], deleted('Background')],
  ['honours a finalizer to orphan', { a: 'absent' }, ['orphan'], [], deleted('Orphan')],
  ['honours a finalizer for the foreground', { a: 'absent' }, ['foregroundDeletion'], [], deleted('Foreground')],
  ['deletes a leaf of a foreground deletion in the background', { a: 'waiting' }, [], [], deleted('Background')],
  ['carries foreground deletion on to dependents', { a: 'waiting' }, [], [node(false)], deleted('Foreground')],
  ['breaks a ring of foreground deletions', { a: 'waiting' }, [], [node(true)], deleted('Foreground', true)],
];

describe('judge()', () => {
  test.each(ROWS)('%s', (_title, owners, finalizers, dependents, expected) => {
    expect(judge({ owners: new Map(Object.entries(owners)), finalizers, dependents })).toEqual(expected);
  });
});
