/**
 * The table of resourceVersion, resourceVersionMatch, limit and continue, as the API concepts page has it, and the words of refusals.
 */
import { StatusError } from '../../../helper/api/status-error';
import { decodeContinue, encodeContinue } from './continue-token';
import { parseListOptions, parseWatchBeginning } from './list-options';

const list = (query: string) => parseListOptions(new URLSearchParams(query));
const watch = (query: string) => parseWatchBeginning(new URLSearchParams(query));
const TOKEN = encodeContinue({ revision: 7, after: 'default/a' });

/** What is thrown, as `code message`. */
function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof StatusError) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'not refused';
}

const INVALID = '422 ListOptions.meta.k8s.io "" is invalid: ';

test.each([
  ['', { resourceVersion: undefined, isExact: false, limit: 0 }],
  ['resourceVersion=', { resourceVersion: undefined, isExact: false, limit: 0 }],
  ['resourceVersion=0', { resourceVersion: 0, isExact: false, limit: 0 }],
  ['resourceVersion=0&limit=5', { resourceVersion: 0, isExact: false, limit: 0 }],
  ['resourceVersion=5', { resourceVersion: 5, isExact: false, limit: 0 }],
  ['limit=3', { resourceVersion: undefined, isExact: false, limit: 3 }],
  ['limit=-3', { resourceVersion: undefined, isExact: false, limit: 0 }],
  ['resourceVersion=5&limit=3', { resourceVersion: 5, isExact: true, limit: 3 }],
  ['resourceVersion=5&resourceVersionMatch=Exact', { resourceVersion: 5, isExact: true, limit: 0 }],
  ['resourceVersion=5&resourceVersionMatch=NotOlderThan&limit=3', { resourceVersion: 5, isExact: false, limit: 3 }],
  ['resourceVersion=0&resourceVersionMatch=NotOlderThan', { resourceVersion: 0, isExact: false, limit: 0 }],
])('parseListOptions(%p)', (query, expected) => {
  expect(list(query)).toEqual({ ...expected, continue: undefined });
});

test('parseListOptions() takes a continue token, also with resourceVersion=0', () => {
  expect(list(`limit=2&continue=${TOKEN}`)).toMatchObject({ limit: 2, continue: { revision: 7, after: 'default/a' } });
  expect(list(`limit=2&continue=${TOKEN}&resourceVersion=0`)).toMatchObject({ limit: 2, continue: { revision: 7 } });
});

test.each([
  [
    'resourceVersionMatch=Exact',
    `${INVALID}resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided`,
  ],
  [
    'resourceVersionMatch=Exact&resourceVersion=0',
    `${INVALID}resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"`,
  ],
  [
    'resourceVersionMatch=Newer&resourceVersion=1',
    `${INVALID}resourceVersionMatch: Unsupported value: "Newer": supported values: "Exact", "NotOlderThan", ""`,
  ],
  [
    `resourceVersionMatch=Exact&resourceVersion=1&continue=${TOKEN}`,
    `${INVALID}resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided`,
  ],
  ['sendInitialEvents=true', `${INVALID}sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list`],
  [`continue=${TOKEN}&resourceVersion=5`, '400 specifying resource version is not allowed when using continue'],
  ['limit=many', '400 strconv.ParseInt: parsing "many": invalid syntax'],
  ['limit=99999999999999999999', '400 strconv.ParseInt: parsing "99999999999999999999": value out of range'],
])('parseListOptions(%p) refuses', (query, expected) => {
  expect(refusal(() => list(query))).toBe(expected);
});

test('parseListOptions() refuses a resourceVersion that is no number', () => {
  expect(refusal(() => list('resourceVersion=new'))).toMatch(/^400 invalid resource version: .*"new"/);
});

test.each([
  ['', undefined, true, false],
  ['resourceVersion=0', 0, true, false],
  ['resourceVersion=9', 9, false, false],
  ['sendInitialEvents=true&resourceVersionMatch=NotOlderThan', undefined, true, false],
  ['sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true', undefined, true, true],
  [
    'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=9',
    9,
    true,
    true,
  ],
  ['sendInitialEvents=false&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true', undefined, false, false],
])('parseWatchBeginning(%p)', (query, revision, sendsInitialEvents, marksEnd) => {
  expect(watch(query)).toEqual({ revision, sendsInitialEvents, marksEnd });
});

test.each([
  [
    'sendInitialEvents=true',
    'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
  ],
  [
    'resourceVersionMatch=NotOlderThan',
    'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
  ],
  [
    'sendInitialEvents=true&resourceVersionMatch=Exact',
    '[resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan, resourceVersionMatch: Unsupported value: "Exact": supported values: "NotOlderThan"]',
  ],
])('parseWatchBeginning(%p) refuses', (query, expected) => {
  expect(refusal(() => watch(query))).toBe(`${INVALID}${expected}`);
});

test('a continue token comes back as it was, one without a revision means the newest', () => {
  for (const token of [
    { revision: 12, after: 'ns/name' },
    { revision: undefined, after: 'name' },
  ]) {
    expect(decodeContinue(encodeContinue(token))).toEqual(token);
  }
});

const tokenOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

test.each([
  ['nonsense', ''],
  [tokenOf(null), ''],
  [tokenOf({ v: 'other', rv: 1, start: 'a' }), ': server does not recognize this encoded version'],
  [
    tokenOf({ v: 'meta.k8s.io/v1', rv: 0, start: 'a' }),
    ': incorrect encoded start resourceVersion (version meta.k8s.io/v1)',
  ],
  [tokenOf({ v: 'meta.k8s.io/v1', rv: 1, start: '' }), ': encoded start key empty (version meta.k8s.io/v1)'],
  [tokenOf({ v: 'meta.k8s.io/v1', rv: 1, start: '../secrets/a' }), ': ../secrets/a'],
  [tokenOf({ v: 'meta.k8s.io/v1', rv: 1, start: '/a' }), ': /a'],
])('decodeContinue(%p) refuses', (token, detail) => {
  expect(refusal(() => decodeContinue(token))).toBe(`400 invalid continue token: continue key is not valid${detail}`);
});
