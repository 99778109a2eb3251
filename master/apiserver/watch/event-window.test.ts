import { CachedObject } from './cached-object';
import { type CacheEvent, EventWindow } from './event-window';

const event = (revision: number): CacheEvent => ({
  type: 'put',
  revision,
  current: new CachedObject('k', '', 'k', revision, Buffer.from('{}')),
  previous: undefined,
  chunks: {},
  leanChunks: {},
});

test('EventWindow.after() gives what came later, and undefined when some of it is gone', () => {
  const window = new EventWindow(10, 3);
  expect(window.after(10)).toEqual([]);
  expect(window.after(9)).toBeUndefined();
  for (let revision = 11; revision <= 20; revision++) window.push(event(revision));
  expect(window.oldestRevision).toBe(17);
  expect(window.after(17)?.map(({ revision }) => revision)).toEqual([18, 19, 20]);
  expect(window.after(19)?.map(({ revision }) => revision)).toEqual([20]);
  expect(window.after(25)).toEqual([]);
  expect(window.after(16)).toBeUndefined();
});
