/**
 * Takes back the images this project made (`down --purge`); those a container still uses stay.
 */
import { callSocket } from '../supervisor/protocol';

const BUILT_FILTER = JSON.stringify({ label: ['io.minik8s/built=1'] });

interface ListedImage {
  readonly RepoTags: readonly string[] | null;
  /** '' for what was imported */
  readonly ParentId: string;
}

/** Returns the tags it removed. */
export async function removeBuiltImages(dockerSocket: string): Promise<string[]> {
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
