/**
 * Which kinds a namespace may hold, asked once for many namespaces.
 *
 * An answer is shared for a second: a test suite that deletes a hundred namespaces asks a few times, and a kind that was added a
 * moment ago is not overlooked for long. An incomplete answer is asked for again by the next.
 */
import type { ApiClient } from '../../../helper/client/client';
import { type Discovery, discoverResources } from '../../../helper/client/discovery';

const SHARED_MS = 1_000;

/** Returns a function that discovers, or repeats the last complete answer while it is fresh. It throws when nothing answers. */
export function shareDiscovery(client: ApiClient, nowMs: () => number = Date.now): () => Promise<Discovery> {
  let last: { readonly at: number; readonly answer: Promise<Discovery> } | undefined;
  return async () => {
    if (last && nowMs() - last.at < SHARED_MS) return last.answer;
    const asked = { at: nowMs(), answer: discoverResources(client) };
    last = asked;
    const isComplete = await asked.answer.then(
      ({ failures }) => failures.length === 0,
      () => false,
    );
    if (!isComplete && last === asked) last = undefined;
    return asked.answer;
  };
}
