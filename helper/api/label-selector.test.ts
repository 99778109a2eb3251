import {
  formatLabelSelector,
  matchesLabelMap,
  matchesLabelSelector,
  matchesRequirements,
  parseLabelSelector,
  validateLabelSelector,
} from './label-selector';
import type { LabelSelector } from './meta';

const labels = { app: 'web', tier: 'front', version: '12' };

describe('parseLabelSelector()', () => {
  test.each([
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app=api', false],
    ['app!=api', true],
    ['missing!=x', true],
    ['app', true],
    ['!app', false],
    ['! missing', true],
    ['app in (api, web)', true],
    ['app in (api)', false],
    ['app notin (api,web)', false],
    ['missing notin (a)', true],
    ['app=web,tier=front', true],
    ['app=web , tier=back', false],
    ['version>10', true],
    ['version<10', false],
    ['version gt 11', true],
    ['app>1', false],
    ['missing=', false],
    ['example.com/x notin (y),app=web', true],
    ['constructor', false],
  ])('%p matches the labels: %p', (text, expected) => {
    expect(matchesRequirements(parseLabelSelector(text), labels)).toBe(expected);
  });

  test.each([
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a=b,', "unable to parse requirement: found '', expected: identifier after ,"],
    ['=a', "unable to parse requirement: found '=', expected: !, identifier, or 'end of string'"],
    ['a in b', "unable to parse requirement: found 'b', expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',', or ')'"],
    ['a=b c', "unable to parse requirement: found 'c', expected: ',' or 'end of string'"],
    ['a=(', "unable to parse requirement: found '(', expected: identifier"],
    ['a>b', 'must be an integer'],
    ['-a=b', 'name part must consist of alphanumeric characters'],
    [`a=${'x'.repeat(64)}`, 'must be no more than 63 characters'],
    ['a=-', 'a valid label must be an empty string or consist of'],
  ])('%p is refused', (text, message) => {
    expect(() => parseLabelSelector(text)).toThrow(message);
  });
});

describe('structured selectors', () => {
  test('matchesLabelSelector() selects nothing without a selector and everything with an empty one', () => {
    expect(matchesLabelSelector(undefined, labels)).toBe(false);
    expect(matchesLabelSelector({}, labels)).toBe(true);
  });

  test('matchesLabelSelector() wants labels and expressions to hold', () => {
    const selector: LabelSelector = {
      matchLabels: { app: 'web' },
      matchExpressions: [{ key: 'tier', operator: 'In', values: ['front', 'back'] }],
    };
    expect(matchesLabelSelector(selector, labels)).toBe(true);
    expect(matchesLabelSelector(selector, { app: 'web' })).toBe(false);
    expect(formatLabelSelector(selector)).toBe('app=web,tier in (back,front)');
    expect(formatLabelSelector(undefined)).toBe('');
  });

  test('matchesLabelMap() of an empty map matches nothing', () => {
    expect(matchesLabelMap({}, labels)).toBe(false);
    expect(matchesLabelMap({ app: 'web' }, labels)).toBe(true);
    expect(matchesLabelMap({ app: 'web', x: 'y' }, labels)).toBe(false);
  });

  test('validateLabelSelector() names operator, key and values', () => {
    const errors = validateLabelSelector(
      {
        matchLabels: { 'a b': 'x y' },
        matchExpressions: [
          { key: 'k', operator: 'In' },
          { key: 'k', operator: 'Exists', values: ['v'] },
          { key: '', operator: 'Sometimes' },
        ],
      },
      'spec.selector',
    );
    expect(errors.map(({ field }) => field)).toEqual([
      'spec.selector.matchLabels',
      'spec.selector.matchLabels',
      'spec.selector.matchExpressions[0].values',
      'spec.selector.matchExpressions[1].values',
      'spec.selector.matchExpressions[2].operator',
      'spec.selector.matchExpressions[2].key',
      'spec.selector.matchExpressions[2].key',
    ]);
  });
});
