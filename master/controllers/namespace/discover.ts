/**
 * Asks the api-server which kinds it serves. What was heard counts for a second, so that many namespaces deleted at once share
 * one answer and a new kind is not overlooked for long.
 */
import type { ApiClient } from '../../../helper/client/client';
import type { DiscoveredVersion } from './deletable-resources';

const FRESH_MS = 1_000;

export interface Discovery {
  readonly versions: readonly DiscoveredVersion[];
  /** group versions that did not answer, and why */
  readonly failures: readonly string[];
}

interface GroupList {
  readonly groups: readonly {
    readonly preferredVersion: { readonly groupVersion: string };
    readonly versions: readonly { readonly groupVersion: string }[];
  }[];
}

/** Returns a function that discovers, or repeats the last complete answer while it is fresh. Throws when nothing answers. */
export function createDiscovery(client: Pick<ApiClient, 'raw'>, nowMs: () => number): () => Promise<Discovery> {
  let last: { readonly at: number; readonly answer: Promise<Discovery> } | undefined;
  return async () => {
    if (last && nowMs() - last.at < FRESH_MS) return last.answer;
    const asked = { at: nowMs(), answer: discover(client) };
    last = asked;
    const forget = () => {
      if (last === asked) last = undefined;
    };
    try {
      const answer = await asked.answer;
      if (answer.failures.length > 0) forget();
      return answer;
    } catch (error) {
      forget();
      throw error;
    }
  };
}

async function discover(client: Pick<ApiClient, 'raw'>): Promise<Discovery> {
  const { groups } = (await client.raw('GET', '/apis')) as GroupList;
  const named = groups.flatMap(({ preferredVersion, versions }) => {
    const all = [preferredVersion, ...versions].map(({ groupVersion }) => groupVersion);
    return [...new Set(all)];
  });
  const paths = [['v1', '/api/v1'] as const, ...named.map((name) => [name, `/apis/${name}`] as const)];
  const answers = await Promise.allSettled(paths.map(([, path]) => client.raw('GET', path)));
  const versions: DiscoveredVersion[] = [];
  const failures: string[] = [];
  for (const [index, answer] of answers.entries()) {
    if (answer.status === 'fulfilled') versions.push(answer.value as DiscoveredVersion);
    else failures.push(`${paths[index]?.[0]}: ${messageOf(answer.reason)}`);
  }
  return { versions, failures };
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
