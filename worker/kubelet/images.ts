/**
 * Images for containers: present or pulled, as imagePullPolicy says, one pull at a time for each image.
 *
 * A failed pull is ErrImagePull; until its back-off (10 s doubling to 300 s, per pod and image) has passed, the container
 * waits as ImagePullBackOff. Images seen on the node are remembered and not asked for again.
 * https://kubernetes.io/docs/concepts/containers/images/#image-pull-policy
 */
import type { Container } from 'kubernetes-types/core/v1';
import { parseImageReference } from '../runtime/image-reference';
import { type ImageStatus, type Runtime, RuntimeError } from '../runtime/runtime';
import { type BackOff, nextBackOff } from './back-off';
import { type Credentials, registryOf } from './pull-credentials';

/** The image cannot be had for now; `until` is when to try again. */
export class ImageError extends Error {
  constructor(
    readonly reason: 'ErrImagePull' | 'ErrImageNeverPull' | 'InvalidImageName',
    message: string,
    readonly image: string,
    readonly until: Date,
  ) {
    super(message);
    this.name = 'ImageError';
  }
}

/** Tells what happened to an image, in Kubernetes' words, for the pod's events. */
export type ImageReport = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

export interface ImageWish {
  readonly podUid: string;
  readonly container: Container;
  readonly credentials: (image: string) => Promise<Credentials | undefined>;
  readonly report: ImageReport;
}

/** The policy of a container that names none: always for `latest`, else only when missing. */
function pullPolicyOf(container: Container): string {
  if (container.imagePullPolicy) return container.imagePullPolicy;
  const image = container.image ?? '';
  const name = image.slice(image.lastIndexOf('/') + 1);
  if (image.includes('@')) return 'IfNotPresent';
  return !name.includes(':') || name.endsWith(':latest') ? 'Always' : 'IfNotPresent';
}

interface ImageStore {
  readonly runtime: Runtime;
  readonly known: Map<string, ImageStatus>;
  readonly pulling: Map<string, Promise<string>>;
}

/** Several pods that want the same image from the same registry with the same user share one pull. */
function pullOnce(store: ImageStore, image: string, credentials: Credentials | undefined): Promise<string> {
  const { pulling } = store;
  const key = `${registryOf(image)} ${credentials?.username ?? ''} ${image}`;
  const running = pulling.get(key);
  if (running) return running;
  const pull = store.runtime.pullImage(image, credentials).finally(() => pulling.delete(key));
  pulling.set(key, pull);
  return pull;
}

export class ImageService {
  /** of each runtime of the node, which keep images of their own */
  private readonly stores = new Map<Runtime, ImageStore>();
  private readonly backOffs = new Map<string, BackOff>();

  constructor(
    private readonly runtime: Runtime,
    private readonly now: () => Date,
    /** a container is about to use the image */
    private readonly onHandedOut: (imageId: string) => void,
  ) {}

  /** Resolves when the image is on the node; throws {@link ImageError} when it is not and cannot be fetched. */
  async ensure(wish: ImageWish): Promise<ImageStatus> {
    const status = await this.find(wish);
    this.onHandedOut(status.id);
    return status;
  }

  private async find(wish: ImageWish): Promise<ImageStatus> {
    const image = wish.container.image ?? '';
    this.checkName(image, wish);
    const policy = pullPolicyOf(wish.container);
    const present = await this.lookUp(image, wish);
    if (present && policy !== 'Always') {
      wish.report('Normal', 'Pulled', `Container image "${image}" already present on machine`);
      return present;
    }
    if (policy === 'Never') {
      const text = `Container image "${image}" is not present with pull policy of Never`;
      wish.report('Warning', 'ErrImageNeverPull', text);
      throw new ImageError('ErrImageNeverPull', text, image, this.after(undefined));
    }
    return this.pull(image, wish);
  }

  /** The runtime said an image is gone that was here: ask again next time. */
  forgetImage(image: string): void {
    for (const { known } of this.stores.values()) known.delete(image);
  }

  /** The image was removed from the node, under whatever names. */
  forgetId(imageId: string): void {
    for (const { known } of this.stores.values()) {
      for (const [image, { id }] of known) if (id === imageId) known.delete(image);
    }
  }

  forgetPod(podUid: string): void {
    for (const key of this.backOffs.keys()) if (key.startsWith(`${podUid}/`)) this.backOffs.delete(key);
  }

  /** A name no registry could have is not asked for anywhere. */
  private checkName(image: string, { report }: ImageWish): void {
    try {
      parseImageReference(image);
    } catch (error) {
      if (!(error instanceof RuntimeError)) throw error;
      report('Warning', 'InspectFailed', error.message);
      throw new ImageError('InvalidImageName', error.message, image, this.after(undefined));
    }
  }

  private storeFor({ podUid }: ImageWish): ImageStore {
    const runtime = this.runtime.of?.(podUid) ?? this.runtime;
    const store = this.stores.get(runtime) ?? { runtime, known: new Map(), pulling: new Map() };
    this.stores.set(runtime, store);
    return store;
  }

  private async lookUp(image: string, wish: ImageWish): Promise<ImageStatus | undefined> {
    const { runtime, known } = this.storeFor(wish);
    const found = known.get(image);
    if (found) return found;
    const status = await runtime.imageStatus(image);
    if (status) known.set(image, status);
    return status;
  }

  private async pull(image: string, wish: ImageWish): Promise<ImageStatus> {
    const key = `${wish.podUid}/${image}`;
    const startedAt = this.now().getTime();
    wish.report('Normal', 'Pulling', `Pulling image "${image}"`);
    try {
      const store = this.storeFor(wish);
      await pullOnce(store, image, await wish.credentials(image));
      store.known.delete(image);
      const status = await this.lookUp(image, wish);
      if (!status) throw new RuntimeError('ErrImagePull', `image "${image}" is not there after its pull`);
      this.backOffs.delete(key);
      const took = `${((this.now().getTime() - startedAt) / 1000).toFixed(3).replace(/\.?0+$/, '')}s`;
      const text = `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${status.sizeBytes} bytes.`;
      wish.report('Normal', 'Pulled', text);
      return status;
    } catch (error) {
      if (error instanceof RuntimeError && error.reason === 'RuntimeUnavailable') throw error;
      const message = error instanceof Error ? error.message : String(error);
      const backOff = nextBackOff(this.backOffs.get(key), this.now());
      this.backOffs.set(key, backOff);
      wish.report('Warning', 'Failed', `Failed to pull image "${image}": ${message}`);
      const reason =
        error instanceof RuntimeError && error.reason === 'InvalidImageName' ? error.reason : 'ErrImagePull';
      throw new ImageError(reason, message, image, this.after(backOff));
    }
  }

  private after(backOff: BackOff | undefined): Date {
    return new Date(this.now().getTime() + (backOff ?? nextBackOff(undefined, this.now())).delayMs);
  }
}
