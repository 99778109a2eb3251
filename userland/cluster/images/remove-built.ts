/**
 * Takes back the images this project made (`down --purge`); those a container still uses stay, and all of them do while another cluster
 * of this host is there: the last one to go takes them back.
 */
import { callSocket } from '../supervisor/protocol';
import { hasPodContainers, otherHomes } from './other-clusters';

const BUILT_FILTER = JSON.stringify({ label: ['io.minik8s/built=1'] });

interface ListedImage {
  readonly RepoTags: readonly string[] | null;
  /** '' for what was imported */
  readonly ParentId: string;
}

/** Returns the tags it removed; none while another cluster than that of `home` may need them. */
export async function removeBuiltImages(dockerSocket: string, home: string, processes = '/proc'): Promise<string[]> {
  if (otherHomes(home, processes).length > 0 || (await hasPodContainers(dockerSocket))) return [];
  const answer = await callSocket(
    dockerSocket,
    'GET',
    `/images/json?filters=${encodeURIComponent(BUILT_FILTER)}`,
  ).catch(() => undefined);
  if (answer?.status !== 200) return [];
  // What somebody made from one of these inherits its label, and is theirs.
  const ours = (JSON.parse(answer.body) as ListedImage[]).filter(({ ParentId }) => !ParentId);
  const tags = ours.flatMap((image) => image.RepoTags ?? []);
  const removed: string[] = [];
  for (const tag of tags) {
    const { status } = await callSocket(dockerSocket, 'DELETE', `/images/${encodeURIComponent(tag)}`);
    if (status === 200) removed.push(tag);
  }
  return removed;
}
