/**
 * Which texts hold numbers that would change.
 */
import { parseDocument } from 'yaml';
import { exactInteger, hasLongNumber, requireExactNumbers } from './exact-numbers';

test.each([
  '{"size":9007199254740991}',
  '{"size":-9007199254740991}',
  '{"size":9007199254740992}',
  '{"size":9007199254740994}',
  '{"size":1000000000000000000}',
  '{"text":"9007199254740993"}',
  '{"text":"say \\"9007199254740993\\" \\\\","size":1}',
  '{"text":"\\\\","other":"9007199254740993"}',
  '{"share":0.12345678901234567890,"far":1.2345678901234567e300,"wide":12345678901234567e3,"tiny":1e-1234567890123456789}',
  '[]',
])('requireExactNumbers() takes %s', (text) => {
  expect(() => requireExactNumbers(text)).not.toThrow();
});

test.each([
  ['{"spec":{"size":9007199254740993}}', '9007199254740993 of field "size"'],
  ['{"size":-9007199254740993}', '-9007199254740993 of field "size"'],
  ['{"size":9223372036854775807}', '9223372036854775807 of field "size"'],
  // Exact, but JavaScript would write other digits.
  ['{"size":1234567890123456768}', '1234567890123456768 of field "size"'],
  ['{"list":["a\\"b",1, 9007199254740993]}', '9007199254740993'],
  ['{"text":"\\\\","size": 9007199254740993 }', '9007199254740993 of field "size"'],
  ['9007199254740993', 'the number 9007199254740993 cannot be kept'],
])('requireExactNumbers() refuses %s', (text, message) => {
  expect(() => requireExactNumbers(text)).toThrow(message);
});

test('exactInteger() makes numbers of the integers of YAML, and refuses those that would change', () => {
  const read = (text: string) =>
    JSON.parse(JSON.stringify(parseDocument(text, { intAsBigInt: true }).toJS(), exactInteger)) as unknown;
  expect(read('a: 9007199254740991\nb: 0x1f\nc: [1, "2", 1.5]')).toEqual({
    a: 9007199254740991,
    b: 31,
    c: [1, '2', 1.5],
  });
  expect(() => read('spec:\n  size: 9007199254740993')).toThrow('9007199254740993 of field "size"');
  expect(() => read('size: 0x20000000000001')).toThrow('9007199254740993 of field "size"');
});

test.each([
  ['{"a":123456789012345}', false],
  ['a: 0x1ffffffffffff', true],
  ['a: 0xffff', false],
])('hasLongNumber(%p) is %p', (text, expected) => {
  expect(hasLongNumber(text)).toBe(expected);
});
