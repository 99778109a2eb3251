import { EvictionPace } from './eviction-pace';

const at = (seconds: number) => new Date(seconds * 1000);

describe('EvictionPace.take()', () => {
  test('gives one node of a zone its turn, and lets the next one wait', () => {
    const pace = new EvictionPace();
    expect(pace.take('a', 'zone', 0.1, at(100))).toBe(0);
    expect(pace.take('b', 'zone', 0.1, at(103))).toBe(7_000);
    expect(pace.take('c', 'other zone', 0.1, at(103))).toBe(0);
    expect(pace.take('b', 'zone', 0.1, at(110))).toBe(0);
  });

  test('a turn stays with its node until it is given back, even when evictions stop', () => {
    const pace = new EvictionPace();
    pace.take('a', 'zone', 0.1, at(100));
    expect(pace.take('a', 'zone', 0, at(101))).toBe(0);
    pace.giveBack('a');
    expect(pace.take('a', 'zone', 0, at(200))).toBeUndefined();
    expect(pace.take('a', 'zone', 0.01, at(150))).toBe(50_000);
  });
});
