/**
 * Work of the api-server beside its requests, in the two shapes it has: looked at every so often, or settled a moment after a cache has
 * changed. Whoever has such work says what is to be done; timers, first look, trying again and the end are here.
 *
 * A chore begins when the server is about to serve and ends with it; its timers keep no process alive.
 * https://kubernetes.io/docs/concepts/architecture/controller/
 */
import type { CacheFollower } from './auth/cache-follower';

/** Changes that come together are worked in together. */
const SETTLE_MS = 20;
/** A cache that started over from a list is only noticed by asking. */
const CATCH_UP_MS = 5_000;

/** Begun once, ended once. */
export interface Chore {
  start(): void;
  stop(): void;
}

/** Looks at once, and every so often from then on. `look` deals with its own failures. */
export function everySoOften(intervalMs: number, look: () => void): Chore {
  let timer: NodeJS.Timeout | undefined;
  return {
    start() {
      look();
      timer = setInterval(look, intervalMs).unref();
    },
    stop: () => clearInterval(timer),
  };
}

/** Keeps what is derived from caches in step with them, also when one starts over. */
export function following(followers: readonly CacheFollower[]): Chore {
  return everySoOften(CATCH_UP_MS, () => {
    for (const follower of followers) follower.catchUp();
  });
}

export interface Settlement {
  /** What to follow; `wake` says that there may be something to settle. */
  follow(wake: () => void): readonly CacheFollower[];
  settle(): Promise<void>;
  /** Told of a failure, after which it is tried again. */
  onFailure(error: unknown): void;
  readonly retryMs: number;
}

/** Settles what follows from caches a moment after they have changed, and again when it failed. */
export function settling({ follow, settle, onFailure, retryMs }: Settlement): Chore {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const schedule = (delayMs: number) => {
    if (isStopped || timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      settle().catch((error: unknown) => {
        onFailure(error);
        schedule(retryMs);
      });
    }, delayMs).unref();
  };
  let followed: Chore | undefined;
  return {
    start() {
      followed = following(follow(() => schedule(SETTLE_MS)));
      followed.start();
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
      followed?.stop();
    },
  };
}
