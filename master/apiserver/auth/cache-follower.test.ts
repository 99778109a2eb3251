import type { CacheEvent } from '../watch/event-window';
import type { EventSink } from '../watch/watch-cache';
import { CacheFollower } from './cache-follower';

/** The part of a watch cache a follower sees. */
class FakeCache {
  oldestRevision = 1;
  revision = 5;
  sink: EventSink | undefined;
  subscribe(revision: number, sink: EventSink): CacheEvent[] | undefined {
    if (revision < this.oldestRevision) return undefined;
    this.sink = sink;
    return [];
  }
}

function following() {
  const cache = new FakeCache();
  const heard: string[] = [];
  const follower = new CacheFollower(cache, {
    startOver: () => heard.push('start over'),
    apply: ({ revision }) => heard.push(`event ${revision}`),
  });
  return { cache, heard, follower };
}

describe('CacheFollower', () => {
  it('catchUp() starts once, then hears of events', () => {
    const { cache, heard, follower } = following();
    follower.catchUp();
    follower.catchUp();
    cache.sink?.onEvent({ revision: 6 } as CacheEvent);
    expect(heard).toEqual(['start over', 'event 6']);
  });

  it('catchUp() starts over when the cache has a new list, even if it was asked in between', () => {
    const { cache, heard, follower } = following();
    follower.catchUp();
    cache.sink?.onReset();
    follower.catchUp(); // The cache has lost its watch and not listed yet.
    cache.oldestRevision = 9;
    cache.revision = 9;
    follower.catchUp();
    follower.catchUp();
    expect(heard).toEqual(['start over', 'start over', 'start over']);
  });

  it('catchUp() trusts nothing while it cannot subscribe', () => {
    const { cache, heard, follower } = following();
    cache.oldestRevision = 10;
    follower.catchUp();
    follower.catchUp();
    expect(heard).toEqual(['start over', 'start over']);
  });
});
