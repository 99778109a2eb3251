import type { PodAffinityTerm, TopologySpreadConstraint } from 'kubernetes-types/core/v1';
import { validateSpreadLabelKeys, validateTermLabelKeys } from './label-keys-validation';

const selector = { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'tier', operator: 'Exists' }] };
const texts = (errors: readonly { field: string; message: string }[]) =>
  errors.map(({ field, message }) => `${field}: ${message}`);

test.each<[string, Partial<PodAffinityTerm>, string[]]>([
  ['no keys', {}, []],
  ['keys beside the selector', { labelSelector: selector, matchLabelKeys: ['a'], mismatchLabelKeys: ['b'] }, []],
  ['a mismatch key that is in the selector', { labelSelector: selector, mismatchLabelKeys: ['app'] }, []],
  [
    'keys without a selector',
    { matchLabelKeys: ['a'], mismatchLabelKeys: ['b'] },
    [
      'term.matchLabelKeys: Forbidden: must not be specified when labelSelector is not set',
      'term.mismatchLabelKeys: Forbidden: must not be specified when labelSelector is not set',
    ],
  ],
  [
    'keys that are in the selector',
    { labelSelector: selector, matchLabelKeys: ['app', 'tier'] },
    [
      'term[0]: Invalid value: "app": exists in both matchLabelKeys and labelSelector',
      'term[1]: Invalid value: "tier": exists in both matchLabelKeys and labelSelector',
    ],
  ],
  [
    'a key in both lists',
    { labelSelector: {}, matchLabelKeys: ['a', 'b'], mismatchLabelKeys: ['b'] },
    ['term.matchLabelKeys[1]: Invalid value: "b": exists in both matchLabelKeys and mismatchLabelKeys'],
  ],
])('validateTermLabelKeys(): %s', (_name, term, expected) => {
  expect(texts(validateTermLabelKeys({ topologyKey: 'zone', ...term }, 'term'))).toEqual(expected);
});

test.each<[string, Partial<TopologySpreadConstraint>, string[]]>([
  ['no keys', {}, []],
  ['keys beside the selector', { labelSelector: selector, matchLabelKeys: ['pod-template-hash'] }, []],
  [
    'keys without a selector',
    { matchLabelKeys: ['a'] },
    ['spread.matchLabelKeys: Forbidden: must not be specified when labelSelector is not set'],
  ],
  [
    'keys that are in the selector',
    { labelSelector: selector, matchLabelKeys: ['x', 'tier'] },
    ['spread.matchLabelKeys[1]: Invalid value: "tier": exists in both matchLabelKeys and labelSelector'],
  ],
])('validateSpreadLabelKeys(): %s', (_name, constraint, expected) => {
  const whole = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', ...constraint };
  expect(texts(validateSpreadLabelKeys(whole as TopologySpreadConstraint, 'spread'))).toEqual(expected);
});

test('validateTermLabelKeys() names keys that are no label names', () => {
  const [error, ...others] = validateTermLabelKeys(
    { topologyKey: 'zone', labelSelector: {}, matchLabelKeys: ['not a label'] },
    'term',
  );
  expect([error?.field, others]).toEqual(['term.matchLabelKeys[0]', []]);
});
