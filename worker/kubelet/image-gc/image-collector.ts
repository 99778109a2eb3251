/**
 * Removes images nobody uses: from time to time when the disk of the images is nearly full, and at once when the node is under
 * pressure. What may go is decided in `plan-image-gc.ts`; here are the clock and the hands.
 *
 * Only images in `image-records.ts` are touched: on a machine where Docker serves others too, theirs are not ours to judge.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/#container-image-lifecycle
 */
import type { Logger } from '../../../helper/process/component';
import type { ImageStatus, Runtime } from '../../runtime/runtime';
import type { KubeletConfiguration } from '../config/kubelet-configuration';
import type { ImageRecords } from './image-records';
import { bytesToFree, expiredImages, type ImageUse, removableImages } from './plan-image-gc';

const PERIOD_MS = 300_000;
/** An image a pod was given counts as used until its container is there. */
const HANDED_OUT_MS = 60_000;

export interface ImageCollectorOptions {
  readonly runtime: Runtime;
  readonly configuration: KubeletConfiguration;
  readonly records: ImageRecords;
  /** the file system of the images */
  disk(): Promise<{ readonly totalBytes: number; readonly freeBytes: number }>;
  /** the image is gone from this node */
  onRemoved(imageId: string): void;
  /** tells of the node */
  warn(reason: string, message: string): void;
  readonly log: Logger;
}

export class ImageCollector {
  private timer: NodeJS.Timeout | undefined;
  private hasFailed = false;
  private isStopped = false;
  /** when an image was last given to a pod */
  private readonly handedOut = new Map<string, number>();
  private readonly startedMs = Date.now();

  constructor(private readonly options: ImageCollectorOptions) {}

  /** Looks now, and every five minutes. */
  start(): void {
    if (this.isStopped) return;
    this.timer = setInterval(() => void this.look(), PERIOD_MS).unref();
    void this.look();
  }

  stop(): void {
    this.isStopped = true;
    clearInterval(this.timer);
  }

  /** A pod is given the image: it is ours from now on, and its container will be here in a moment. */
  handOut(imageId: string, nowMs = Date.now()): void {
    this.handedOut.set(imageId, nowMs);
    this.options.records.use(imageId, nowMs);
  }

  /** One look at the disk. A first failure may pass; the second in a row is told. */
  async look(nowMs = Date.now()): Promise<void> {
    try {
      await this.collect(nowMs);
      this.hasFailed = false;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.options.log.warn({ error: message }, 'images not collected');
      if (this.hasFailed) this.options.warn('ImageGCFailed', message);
      this.hasFailed = true;
    }
  }

  /** Removes whatever may go, because the node is short of space. Resolves with the bytes freed. */
  async removeUnused(nowMs = Date.now()): Promise<number> {
    const images = await this.survey(nowMs);
    return this.remove(removableImages(images, this.options.configuration, nowMs), Number.MAX_SAFE_INTEGER);
  }

  private async collect(nowMs: number): Promise<void> {
    const { configuration, disk, warn } = this.options;
    const removable = removableImages(await this.survey(nowMs), configuration, nowMs);
    // When an image was last used is not known from before this kubelet: nothing is too old until it has run for that long.
    const isOldEnough = nowMs - this.startedMs > configuration.imageMaximumGcAgeMs;
    const expired = isOldEnough ? expiredImages(removable, configuration, nowMs) : [];
    await this.remove(expired, Number.MAX_SAFE_INTEGER);
    const wanted = bytesToFree(await disk(), configuration);
    if (wanted === 0) return;
    const freed = await this.remove(
      removable.filter((image) => !expired.includes(image)),
      wanted,
    );
    if (freed >= wanted) return;
    const message = `Failed to garbage collect required amount of images. Attempted to free ${wanted} bytes, but only found ${freed} bytes eligible to free.`;
    warn('FreeDiskSpaceFailed', message);
    throw new Error(message);
  }

  /** The images that are ours to judge, with their use brought up to date. */
  private async survey(nowMs: number): Promise<ImageUse[]> {
    const { runtime, records } = this.options;
    const [images, containers] = await Promise.all([runtime.listImages(), runtime.listContainers()]);
    const references = new Set(containers.map(({ imageId }) => imageId));
    // Some runtimes name a container's image by its digest at the registry.
    const isNamed = ({ id, digests }: ImageStatus) =>
      references.has(id) || digests.some((each) => references.has(each));
    const used = new Set(images.filter(isNamed).map(({ id }) => id));
    for (const id of used) records.use(id, nowMs);
    records.keepOnly(new Set(images.map(({ id }) => id)));
    for (const [id, atMs] of this.handedOut) {
      if (nowMs - atMs < HANDED_OUT_MS) used.add(id);
      else this.handedOut.delete(id);
    }
    return images.flatMap(({ id, sizeBytes, isPinned = false }) => {
      const record = records.get(id);
      if (!record) return [];
      return [{ id, sizeBytes, ...record, isPinned, isUsed: used.has(id) }];
    });
  }

  /** Removes images until that much is freed; goes on after a failure, and throws at the end. */
  private async remove(images: readonly ImageUse[], wantedBytes: number): Promise<number> {
    const { runtime, log, onRemoved } = this.options;
    const failures: string[] = [];
    let freed = 0;
    for (const { id, sizeBytes } of images) {
      if (freed >= wantedBytes) break;
      try {
        await runtime.removeImage(id);
        log.info({ image: id, sizeBytes }, 'unused image removed');
        onRemoved(id);
        freed += sizeBytes;
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
    if (failures.length === 0) return freed;
    throw new Error(`freed ${freed} bytes, with errors in image deletion: [${failures.join(', ')}]`);
  }
}
