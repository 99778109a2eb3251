import type { PodTemplateSpec } from 'kubernetes-types/core/v1';
import { sameTemplate, templateHash } from './template-hash';

const template = (image: string, labels: Record<string, string> = { app: 'web' }): PodTemplateSpec => ({
  metadata: { labels },
  spec: { containers: [{ name: 'c', image }] },
});

describe('templateHash()', () => {
  test('is the same for the same template, whatever the order of fields, and ignores its own label', () => {
    const hash = templateHash(template('nginx'), undefined);
    expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
    const turned: PodTemplateSpec = {
      spec: { containers: [{ image: 'nginx', name: 'c' }] },
      metadata: { labels: { 'pod-template-hash': 'old', app: 'web' } },
    };
    expect(templateHash(turned, undefined)).toBe(hash);
  });

  test('differs by image and by collision count', () => {
    const hashes = [
      templateHash(template('nginx'), undefined),
      templateHash(template('nginx:2'), undefined),
      templateHash(template('nginx'), 0),
      templateHash(template('nginx'), 1),
    ];
    expect(new Set(hashes).size).toBe(4);
  });
});

describe('sameTemplate()', () => {
  test.each([
    [
      'empty against absent values',
      template('a'),
      { ...template('a'), spec: { containers: [{ name: 'c', image: 'a', env: [] }] } },
      true,
    ],
    [
      'null against absent values',
      { ...template('a'), metadata: { labels: { app: 'web' }, creationTimestamp: null as never } },
      template('a'),
      true,
    ],
    ['the hash label', template('a'), template('a', { app: 'web', 'pod-template-hash': 'x' }), true],
    ['another label', template('a'), template('a', { app: 'web', tier: 'x' }), false],
    ['another image', template('a'), template('b'), false],
  ])('compares %s', (_title, one, other, expected) => {
    expect(sameTemplate(one, other)).toBe(expected);
  });

  test('minds the order of containers', () => {
    const spec = (names: string[]) => ({ spec: { containers: names.map((name) => ({ name, image: 'i' })) } });
    expect(sameTemplate(spec(['a', 'b']), spec(['b', 'a']))).toBe(false);
  });
});
