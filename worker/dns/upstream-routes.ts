/**
 * The present upstream servers: the node's resolv.conf, looked at now and then, and the ConfigMap `kube-system/kube-dns`.
 */
import { readFileSync } from 'node:fs';
import type { ConfigMap } from '../../helper/api/core/config-map';
import type { Logger } from '../../helper/process/component';
import { type Routes, routesOf } from './upstreams';

const LOOK_AGAIN_MS = 5000;

export class UpstreamRoutes {
  private config: ConfigMap | undefined;
  private text = '';
  private lookedAt = Number.NEGATIVE_INFINITY;
  private routes: Routes = { byDomain: [], problems: [] };

  constructor(
    private readonly path: string,
    private readonly own: ReadonlySet<string>,
    private readonly log: Logger,
    private readonly onChange: () => void,
  ) {}

  setConfig(config: ConfigMap | undefined): void {
    this.config = config;
    this.render();
    for (const problem of this.routes.problems) this.log.warn({ problem }, 'ConfigMap kube-system/kube-dns');
  }

  current(): Routes {
    const now = performance.now();
    if (now - this.lookedAt > LOOK_AGAIN_MS) {
      this.lookedAt = now;
      const text = readText(this.path);
      if (text !== this.text) {
        this.text = text;
        this.render();
      }
    }
    return this.routes;
  }

  private render(): void {
    this.text ||= readText(this.path);
    this.routes = routesOf(this.text, this.config, this.own);
    this.onChange();
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
