/**
 * Images on this node: looked up, pulled, listed, removed.
 * https://kubernetes.io/docs/concepts/containers/images/
 */
import { createInterface } from 'node:readline';
import type Docker from 'dockerode';
import { CALL_LIMIT_MS, callDocker, statusOf } from './docker-call';
import { parseImageReference } from './image-reference';
import { type ImageStatus, RuntimeError } from './runtime';

/** A pull may take long, but not silently: it is given up after a minute without progress. */
const PULL_IDLE_MS = 60_000;

export async function findImage(docker: Docker, image: string): Promise<ImageStatus | undefined> {
  return await callDocker('inspect image', 'ErrImagePull', async (abortSignal) => {
    try {
      const found = await docker.getImage(image).inspect({ abortSignal } as object);
      return {
        id: found.Id,
        tags: found.RepoTags ?? [],
        digests: found.RepoDigests ?? [],
        sizeBytes: found.Size,
        user: found.Config?.User ?? '',
      };
    } catch (error) {
      if (statusOf(error) === 404) return undefined;
      throw error;
    }
  });
}

/** What `images build` makes; there may be no registry to bring it back from. */
const BUILT_LABEL = 'io.minik8s/built';

/** The list knows no users; `user` is '' throughout. `pinnedTag` and what was built on this machine are pinned. */
export async function listImages(docker: Docker, pinnedTag: string): Promise<ImageStatus[]> {
  const images = await callDocker('list images', 'RuntimeUnavailable', (abortSignal) =>
    docker.listImages({ abortSignal }),
  );
  return images.map((image) => ({
    id: image.Id,
    tags: (image.RepoTags ?? []).filter((tag) => tag !== '<none>:<none>'),
    digests: (image.RepoDigests ?? []).filter((digest) => digest !== '<none>@<none>'),
    sizeBytes: image.Size,
    user: '',
    // An image made from a built one inherits its label, and has a parent.
    isPinned:
      (image.Labels?.[BUILT_LABEL] !== undefined && !image.ParentId) || (image.RepoTags ?? []).includes(pinnedTag),
  }));
}

/** Without a tag Docker would pull all tags there are, so `latest` is named. Throws ErrImagePull with Docker's words. */
export async function pullImage(
  docker: Docker,
  image: string,
  auth: { readonly username: string; readonly password: string } | undefined,
): Promise<string> {
  const { repository, version } = parseImageReference(image);
  try {
    const stream = (await callDocker('pull image', 'ErrImagePull', () =>
      docker.createImage(auth ? { ...auth } : {}, { fromImage: repository, tag: version }),
    )) as NodeJS.ReadableStream & { destroy(error?: Error): void };
    await readProgress(stream);
  } catch (error) {
    throw nameImage(image, error);
  }
  const status = await findImage(docker, image);
  if (!status) throw new RuntimeError('ErrImagePull', `image "${image}" is not there after its pull`);
  return status.id;
}

/** The registry's words often do not say which image they are about. */
function nameImage(image: string, error: unknown): unknown {
  if (!(error instanceof RuntimeError) || error.reason !== 'ErrImagePull') return error;
  return new RuntimeError('ErrImagePull', `failed to pull image "${image}": ${error.message}`, { cause: error });
}

/** Reads the progress to its end. Its HTTP status is 200 whatever happens; an error is one of the lines. */
async function readProgress(stream: NodeJS.ReadableStream & { destroy(error?: Error): void }): Promise<void> {
  let isIdle = false;
  const idle = setTimeout(() => {
    isIdle = true;
    stream.destroy();
  }, PULL_IDLE_MS);
  stream.on('error', () => {});
  try {
    for await (const line of createInterface({ input: stream })) {
      idle.refresh();
      const { error } = JSON.parse(line) as { error?: string };
      if (error) throw new RuntimeError('ErrImagePull', error);
    }
  } finally {
    clearTimeout(idle);
    stream.destroy();
  }
  if (isIdle) throw new RuntimeError('ErrImagePull', `the pull made no progress for ${PULL_IDLE_MS / 1000} s`);
}

/** Idempotent. Throws when a container uses the image. */
export async function removeImage(docker: Docker, imageId: string): Promise<void> {
  await callDocker(
    'remove image',
    'NotFound',
    async (abortSignal) => {
      try {
        await docker.getImage(imageId).remove({ abortSignal });
      } catch (error) {
        if (statusOf(error) !== 404) throw error;
      }
    },
    CALL_LIMIT_MS * 2,
  );
}
