/**
 * GET /stats/summary: what the node and each container use. What `kubectl top` and autoscaling build on.
 *
 * Measured when asked: nobody who does not ask pays for it.
 * https://kubernetes.io/docs/reference/instrumentation/node-metrics/
 */
import * as os from 'node:os';
import type { Summary } from '../../../helper/api/metrics/summary';
import type { ContainerStatus, Runtime, SandboxStatus } from '../../runtime/runtime';
import { renderCadvisorMetrics } from './cadvisor-metrics';
import { networkStats } from './network-stats';
import { NodeMeter } from './node-stats';
import { type MeasuredContainer, podStats } from './pod-stats';

export class StatsSummary {
  private readonly node: NodeMeter;

  constructor(
    private readonly runtime: Runtime,
    nodeName: string,
    home: string,
  ) {
    this.node = new NodeMeter(nodeName, home);
  }

  /** The body of the answer. Containers that ended meanwhile are left out. */
  async collect(): Promise<Summary> {
    const { runtime } = this;
    const [sandboxes, containers, images, info] = await Promise.all([
      runtime.listSandboxes(),
      runtime.listContainers(),
      runtime.listImages().catch(() => []),
      runtime.info().catch(() => undefined),
    ]);
    const measured = await this.measure(containers);
    const time = new Date();
    const pods = sandboxes
      .filter(({ state }) => state === 'ready')
      .map((sandbox) =>
        podStats({ sandbox, containers: measured.get(sandbox.id) ?? [], network: networkOf(sandbox, time) }, time),
      );
    const imageBytes = images.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    return { node: await this.node.measure(imageBytes, info?.imageDirectory), pods };
  }

  /** The same figures as cAdvisor words them. */
  async cadvisor(): Promise<string> {
    const [summary, containers] = await Promise.all([this.collect(), this.runtime.listContainers()]);
    const running = new Map(
      containers
        .filter(({ state }) => state === 'running')
        .map(({ pod, name, id, image }) => [`${pod.uid}/${name}`, { id, image }]),
    );
    const machine = { cpus: os.availableParallelism(), memoryBytes: os.totalmem() };
    return renderCadvisorMetrics(summary, machine, (podUid, name) => running.get(`${podUid}/${name}`));
  }

  /** Running containers by sandbox. */
  private async measure(containers: readonly ContainerStatus[]): Promise<Map<string, MeasuredContainer[]>> {
    const bySandbox = new Map<string, MeasuredContainer[]>();
    await Promise.all(
      containers.map(async (container) => {
        if (container.state !== 'running') return;
        const usage = await this.runtime.usage(container.id).catch(() => undefined);
        if (!usage) return;
        const known = bySandbox.get(container.sandboxId);
        if (known) known.push({ container, usage });
        else bySandbox.set(container.sandboxId, [{ container, usage }]);
      }),
    );
    return bySandbox;
  }
}

const networkOf = ({ pid, hostNetwork }: SandboxStatus, time: Date) =>
  pid === undefined || hostNetwork ? undefined : networkStats(pid, time.toISOString());
