import {
  bytesOf,
  canonicalQuantity,
  compareQuantities,
  formatBytes,
  formatMilli,
  milliValue,
  parseQuantity,
} from './quantity';

describe('quantities', () => {
  test.each([
    ['0', '0'],
    ['1', '1'],
    [1, '1'],
    [0.5, '500m'],
    ['0.5', '500m'],
    ['.5', '500m'],
    ['5.', '5'],
    ['+5', '5'],
    ['-5', '-5'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1000', '1k'],
    ['1024', '1024'],
    ['1024Mi', '1Gi'],
    ['1.5Gi', '1536Mi'],
    ['100000Ki', '100000Ki'],
    ['1Ki', '1Ki'],
    ['0.5Ki', '512'],
    ['0Mi', '0'],
    ['1e3', '1e3'],
    ['12E', '12E'],
    ['1E3', '1e3'],
    ['100n', '100n'],
    ['0.1n', '1n'],
    ['123456789', '123456789'],
  ])('canonicalQuantity(%p) is %p', (input, expected) => {
    expect(canonicalQuantity(input)).toBe(expected);
  });

  test.each(['', ' ', 'abc', '1.2.3', '1 Gi', '1gi', '1K', '--1', '.', 'Mi', '1e', 'NaN', '0x10', '1e9999'])(
    'parseQuantity(%p) refuses with the syntax of quantities',
    (input) => {
      expect(() => parseQuantity(input)).toThrow('quantities must match the regular expression');
    },
  );

  test.each([
    ['1', 1000],
    ['250m', 250],
    ['0.1', 100],
    ['1u', 1],
    [undefined, 0],
    ['-1500u', -1],
  ])('milliValue(%p) is %p: rounded up', (input, expected) => {
    expect(milliValue(input)).toBe(expected);
  });

  test.each([
    ['64Mi', 67108864],
    ['100M', 100000000],
    ['1500m', 2],
    [undefined, 0],
  ])('bytesOf(%p) is %p', (input, expected) => {
    expect(bytesOf(input)).toBe(expected);
  });

  test('formatBytes() and formatMilli() use the largest suffix that loses nothing', () => {
    expect([67108864, 1000, 0, 1536 * 1024].map(formatBytes)).toEqual(['64Mi', '1000', '0', '1536Ki']);
    expect([1500, 2000, 0].map(formatMilli)).toEqual(['1500m', '2', '0']);
  });

  test('compareQuantities() orders across suffixes', () => {
    expect(compareQuantities('1Gi', '1G')).toBe(1);
    expect(compareQuantities('1000m', '1')).toBe(0);
    expect(compareQuantities('1Mi', '1Gi')).toBe(-1);
  });
});
