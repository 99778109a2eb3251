/**
 * Looks after the logs of running containers: those grown too long are set aside.
 *
 * How long and how many is in a label of each container, so that a kubelet that has been restarted goes on.
 * https://kubernetes.io/docs/concepts/cluster-administration/logging/#log-rotation
 */
import type { Logger } from '../../../helper/process/component';
import type { ContainerStatus } from '../runtime';
import type { CriClient } from './cri-client';
import { OWN_LABEL } from './cri-config';
import { type RotationRule, rotateLog } from './log-rotation';

/** As often as Kubernetes' kubelet looks. */
const LOOK_MS = 10_000;

/** `10485760x5`; undefined for anything else. Pure. */
export function parseRotationRule(text = ''): RotationRule | undefined {
  const [, bytes, files] = /^(\d+)x(\d+)$/.exec(text) ?? [];
  return bytes && files ? { maxSizeBytes: Number(bytes), maxFiles: Number(files) } : undefined;
}

export class LogKeeper {
  private readonly timer: NodeJS.Timeout;
  private isLooking = false;

  constructor(
    private readonly client: CriClient,
    private readonly containers: () => Promise<readonly ContainerStatus[]>,
    private readonly pathOf: (status: ContainerStatus) => string,
    private readonly log: Logger,
  ) {
    this.timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  close(): void {
    clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    try {
      for (const status of await this.containers()) if (status.state === 'running') await this.rotate(status);
    } catch (error) {
      this.log.debug({ error: String(error) }, 'logs not looked after this time');
    } finally {
      this.isLooking = false;
    }
  }

  private async rotate(status: ContainerStatus): Promise<void> {
    const rule = parseRotationRule(status.labels[OWN_LABEL.logs]);
    if (!rule) return;
    const reopen = () => this.client.call('ReopenContainerLog', { containerId: status.id });
    await rotateLog(this.pathOf(status), rule, reopen).catch((error: unknown) =>
      this.log.warn({ container: status.id, error: String(error) }, 'log not rotated'),
    );
  }
}
