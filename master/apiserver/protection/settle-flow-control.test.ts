import type { FlowSchema } from './default-flow-control';
import { restoreDefaults, withDangling } from './settle-flow-control';

const NOW = new Date('2026-01-02T03:04:05.678Z');

const schema = (name: string, precedence = 1, metadata: object = {}): FlowSchema =>
  ({
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'FlowSchema',
    metadata: { name, ...metadata },
    spec: { matchingPrecedence: precedence, priorityLevelConfiguration: { name: 'level' } },
  }) as FlowSchema;

const KEPT = { annotations: { 'apf.kubernetes.io/autoupdate-spec': 'true' } };
const OWN = { annotations: { 'apf.kubernetes.io/autoupdate-spec': 'false' } };

describe('restoreDefaults()', () => {
  test.each([
    ['nothing when all is as it was', [schema('a', 1, KEPT)], []],
    ['what is missing', [], [{ create: schema('a') }]],
    ['what was changed', [schema('a', 2, KEPT)], [{ update: schema('a', 1, KEPT) }]],
    ['not what the user keeps', [schema('a', 2, OWN)], []],
    [
      'what nobody has touched, without the annotation',
      [schema('a', 2, { generation: 1 })],
      [{ update: schema('a', 1, { generation: 1 }) }],
    ],
    ['not what somebody touched, without the annotation', [schema('a', 2, { generation: 2 })], []],
  ])('writes %s', (_what, present, expected) => {
    expect(restoreDefaults(present, [schema('a')])).toEqual(expected);
  });

  test('writes mandatory ones whatever their annotation says', () => {
    expect(restoreDefaults([schema('exempt', 2, OWN)], [schema('exempt')])).toEqual([
      { update: schema('exempt', 1, OWN) },
    ]);
  });
});

describe('withDangling()', () => {
  const conditionOf = (object: object) => (object as { status: { conditions: object[] } }).status.conditions;

  test('says that the level exists, or that it does not', () => {
    const found = withDangling(schema('a'), new Set(['level']), NOW);
    expect(conditionOf(found)).toEqual([
      {
        type: 'Dangling',
        status: 'False',
        lastTransitionTime: '2026-01-02T03:04:05Z',
        reason: 'Found',
        message: 'This FlowSchema references the PriorityLevelConfiguration object named "level" and it exists',
      },
    ]);
    const lost = withDangling(found, new Set(), NOW);
    expect(conditionOf(lost)).toMatchObject([{ status: 'True', reason: 'NotFound' }]);
  });

  test('returns the very object when it says so already, and keeps what others say', () => {
    const other = { type: 'Other', status: 'True' };
    const object = { ...schema('a'), status: { conditions: [other] } };
    const settled = withDangling(object, new Set(['level']), NOW);
    expect(conditionOf(settled)).toMatchObject([other, { type: 'Dangling' }]);
    expect(withDangling(settled, new Set(['level']), new Date())).toBe(settled);
  });
});
