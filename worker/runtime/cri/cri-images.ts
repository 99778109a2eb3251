/**
 * Images at a CRI runtime: looked up, pulled, listed, removed.
 * https://kubernetes.io/docs/concepts/containers/images/
 */
import { parseImageReference } from '../image-reference';
import { type ImageStatus, RuntimeError } from '../runtime';
import { type CriClient, isNotFound } from './cri-client';
import { imageStatusOf } from './cri-state';

/** A pull tells of no progress, so it is only bounded as a whole. */
const PULL_LIMIT_MS = 15 * 60_000;

export class CriImages {
  constructor(private readonly client: CriClient) {}

  async status(image: string): Promise<ImageStatus | undefined> {
    const { image: found } = await this.client.call('ImageStatus', { image: { image } }, 'ErrImagePull');
    return found ? imageStatusOf(found) : undefined;
  }

  async list(): Promise<ImageStatus[]> {
    return (await this.client.call('ListImages', {})).images.map(imageStatusOf);
  }

  /** Throws ErrImagePull with the runtime's words, InvalidImageName. */
  async pull(image: string, auth?: { readonly username: string; readonly password: string }): Promise<string> {
    parseImageReference(image);
    const request = { image: { image }, ...(auth ? { auth } : {}) };
    const { imageRef } = await this.client.call('PullImage', request, 'ErrImagePull', PULL_LIMIT_MS).catch((error) => {
      if (!(error instanceof RuntimeError) || error.reason !== 'ErrImagePull') throw error;
      const text = error.message.includes(image) ? error.message : `failed to pull image "${image}": ${error.message}`;
      throw new RuntimeError('ErrImagePull', text, { cause: error });
    });
    return imageRef;
  }

  /** Idempotent. */
  async remove(image: string): Promise<void> {
    await this.client.call('RemoveImage', { image: { image } }, 'NotFound').catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
}
