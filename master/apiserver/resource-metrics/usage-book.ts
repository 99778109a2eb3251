/**
 * Who uses how much, node by node, measured when somebody asks and at no other time.
 *
 * A rate needs two summaries. The last one is kept for a minute and is the first of the next pair; a node nobody asked about lately is asked
 * twice, a second apart. Answers are good for a few seconds, and whoever asks meanwhile shares them.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/resource-metrics-pipeline/
 */
import type { Summary } from '../../../helper/api/metrics/summary';
import { type NodeUsed, usageBetween } from './usage-rates';

interface BookLimits {
  /** how long an answer is given again, a failure too */
  readonly freshMs: number;
  /** how long a summary serves as the first of a pair */
  readonly keptMs: number;
  /** between two summaries when there is none */
  readonly firstWindowMs: number;
}

const BOOK_LIMITS: BookLimits = { freshMs: 10_000, keptMs: 60_000, firstWindowMs: 1_000 };

/** Asks the kubelet of a node; rejects when it does not answer. */
type AskSummary = (nodeName: string) => Promise<Summary>;

interface Page {
  readonly at: number;
  readonly summary: Summary | undefined;
  readonly used: NodeUsed | undefined;
}

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class UsageBook {
  private readonly pages = new Map<string, Page>();
  private readonly asking = new Map<string, Promise<NodeUsed | undefined>>();

  constructor(
    private readonly ask: AskSummary,
    private readonly limits: BookLimits = BOOK_LIMITS,
    private readonly now: () => number = Date.now,
  ) {}

  /** undefined when the kubelet does not answer. */
  async usageOf(nodeName: string): Promise<NodeUsed | undefined> {
    const page = this.pages.get(nodeName);
    if (page && this.now() - page.at < this.limits.freshMs) return page.used;
    const asked = this.asking.get(nodeName);
    if (asked) return asked;
    const asking = this.measure(nodeName).finally(() => this.asking.delete(nodeName));
    this.asking.set(nodeName, asking);
    return asking;
  }

  private async measure(nodeName: string): Promise<NodeUsed | undefined> {
    this.forgetOld();
    try {
      const before = this.pages.get(nodeName)?.summary ?? (await this.firstSummary(nodeName));
      const summary = await this.ask(nodeName);
      const used = usageBetween(before, summary);
      this.pages.set(nodeName, { at: this.now(), summary, used });
      return used;
    } catch {
      this.pages.set(nodeName, { at: this.now(), summary: undefined, used: undefined });
      return undefined;
    }
  }

  private async firstSummary(nodeName: string): Promise<Summary> {
    const summary = await this.ask(nodeName);
    await pause(this.limits.firstWindowMs);
    return summary;
  }

  private forgetOld(): void {
    const oldest = this.now() - this.limits.keptMs;
    for (const [name, { at }] of this.pages) if (at < oldest) this.pages.delete(name);
  }
}
