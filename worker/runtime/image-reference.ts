/**
 * Image names as users write them: `nginx`, `nginx:1.25`, `host:5000/team/app@sha256:…`. Pure.
 * https://kubernetes.io/docs/concepts/containers/images/#image-names
 */
import { RuntimeError } from './runtime';

const COMPONENT = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const HOST = '(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?/)?';
const REFERENCE = new RegExp(
  `^(${HOST}${COMPONENT}(?:/${COMPONENT})*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`,
);

export interface ImageReference {
  readonly repository: string;
  /** tag or digest; `latest` when the name says neither */
  readonly version: string;
}

/** Throws InvalidImageName. */
export function parseImageReference(image: string): ImageReference {
  const match = REFERENCE.exec(image);
  const repository = match?.[1];
  if (!repository) {
    const why = REFERENCE.test(image.toLowerCase()) ? ': repository name must be lowercase' : '';
    const text = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format${why}`;
    throw new RuntimeError('InvalidImageName', text);
  }
  return { repository, version: match?.[3] ?? match?.[2] ?? 'latest' };
}
