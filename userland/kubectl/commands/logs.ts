/**
 * `logs`: what containers wrote, of one pod or of all pods of a selector; `-f` goes on until Ctrl-C.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_logs/
 */
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { resourcePath } from '../../../helper/api/resource';
import { CommandError, throwCollected, usageError } from '../command-error';
import { durationMs, integer } from '../flags';
import { allContainers, defaultContainer } from '../resources/choose-container';
import { choosePod } from '../resources/choose-pod';
import { podsBehind } from '../resources/pods-behind';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';
import { tablePath } from './get-tables';

const SELECTOR_TAIL = 10;
const LOGS_LIMIT_MS = 20_000;
const MAX_STREAMS = 5;

interface LogsFlags {
  readonly follow?: boolean;
  readonly container?: string;
  readonly previous?: boolean;
  readonly tail?: number;
  readonly since?: string;
  readonly sinceTime?: string;
  readonly limitBytes?: number;
  readonly timestamps?: boolean;
  readonly selector?: string;
  readonly allContainers?: boolean;
  readonly allPods?: boolean;
  readonly prefix?: boolean;
  readonly maxLogRequests?: number;
}

interface LogsRequest {
  readonly pods: readonly Pod[];
  readonly flags: LogsFlags;
  readonly extraWords: readonly string[];
}

const verb: Verb<LogsFlags, LogsRequest> = {
  async complete({ args, flags }, context) {
    const [target, container, ...extraWords] = args;
    if (flags.selector) {
      if (target) throw new CommandError('only a selector (-l) or a POD name is allowed');
      const query = { namespace: context.namespace, labelSelector: flags.selector };
      return { pods: (await context.client.list(podResource, query)).items, flags, extraWords };
    }
    if (!target && !context.shell.isPrompt)
      throw usageError(
        'logs',
        "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command",
      );
    const behind = target ? await podsBehind(target, context, LOGS_LIMIT_MS) : [await choosePod(context, 'logs')];
    if (flags.allPods) return { pods: behind, flags: { ...flags, prefix: true }, extraWords };
    const pods = behind.slice(0, 1);
    if (behind.length > 1) context.output.err(`Found ${behind.length} pods, using pod/${pods[0]?.metadata.name}\n`);
    return { pods, flags: container && !flags.container ? { ...flags, container } : flags, extraWords };
  },

  validate({ pods, flags, extraWords }) {
    if (extraWords.length > 0) throw new CommandError("expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'");
    if (flags.container && flags.allContainers)
      throw new CommandError('--all-containers=true should not be specified with container name');
    if (flags.tail !== undefined && flags.tail < -1)
      throw new CommandError('--tail must be greater than or equal to -1');
    if (flags.since && flags.sinceTime)
      throw new CommandError('at most one of `sinceTime` or `since` may be specified');
    const limit = flags.maxLogRequests ?? MAX_STREAMS;
    if (flags.follow && pods.length > limit) {
      throw new CommandError(
        `you are attempting to follow ${pods.length} log streams, but maximum allowed concurrency is ${limit}, use --max-log-requests to increase the limit`,
      );
    }
  },

  async run({ pods, flags }, context) {
    const errors: unknown[] = [];
    if (pods.length === 0) context.output.err(`No resources found in ${context.namespace} namespace.\n`);
    const sources = pods.flatMap((pod) => containersOf(pod, flags, context).map((container) => ({ pod, container })));
    const work = ({ pod, container }: (typeof sources)[number]) =>
      printLog(pod, container, flags, context).catch((error) => errors.push(error));
    if (flags.follow) await Promise.all(sources.map(work));
    else for (const source of sources) await work(source);
    throwCollected(errors);
  },
};

function containersOf(pod: Pod, flags: LogsFlags, context: Context): string[] {
  const all = allContainers(pod).map(({ name }) => name);
  // The order in which they start.
  if (flags.allContainers) {
    const init = (pod.spec?.initContainers ?? []).map(({ name }) => name);
    return [...init, ...all.filter((name) => !init.includes(name))];
  }
  if (!flags.container) return [defaultContainer(pod, context)];
  if (!all.includes(flags.container))
    throw new CommandError(`container ${flags.container} is not valid for pod ${pod.metadata.name}`);
  return [flags.container];
}

function logPath(pod: Pod, container: string, flags: LogsFlags): string {
  const tail = flags.tail ?? (flags.selector ? SELECTOR_TAIL : -1);
  return tablePath(resourcePath(podResource, pod.metadata.namespace, pod.metadata.name, 'log'), {
    container,
    follow: flags.follow ? 'true' : undefined,
    previous: flags.previous ? 'true' : undefined,
    timestamps: flags.timestamps ? 'true' : undefined,
    tailLines: tail >= 0 ? String(tail) : undefined,
    sinceSeconds: flags.since ? String(Math.ceil(durationMs(flags.since) / 1000)) : undefined,
    sinceTime: flags.sinceTime,
    limitBytes: flags.limitBytes === undefined ? undefined : String(flags.limitBytes),
  });
}

/** The prefix in front of every line that begins in this piece of text. */
function prefixLines(text: string, prefix: string, atLineStart: boolean): string {
  const inside = text.replace(/\n(?!$)/g, `\n${prefix}`);
  return atLineStart ? prefix + inside : inside;
}

async function printLog(pod: Pod, container: string, flags: LogsFlags, context: Context): Promise<void> {
  const prefix = flags.prefix ? `[pod/${pod.metadata.name}/${container}] ` : '';
  const response = await context.client.stream('GET', logPath(pod, container, flags), context.signal, {
    accept: '*/*',
  });
  response.setEncoding('utf8');
  let atLineStart = true;
  try {
    for await (const chunk of response) {
      const text = String(chunk);
      const shown = prefix ? prefixLines(text, prefix, atLineStart) : text;
      atLineStart = text.endsWith('\n');
      context.output.out(shown);
    }
  } catch (error) {
    if (!context.signal.aborted) throw error;
  }
}

export const addLogs: AddVerb = (program, host) => {
  const command = program
    .command('logs')
    .description('what containers wrote: logs web, logs -f deploy/web, logs -l app=web')
    .option('-f, --follow', 'go on')
    .option('-c, --container <name>', 'this container')
    .option('-p, --previous', 'of the container before the last restart')
    .option('--tail <lines>', 'last lines only; -1: all', integer)
    .option('--since <duration>', 'not older than 5s, 2m, 3h')
    .option('--since-time <time>', 'not older than this time (RFC 3339)')
    .option('--limit-bytes <bytes>', 'at most so many bytes', integer)
    .option('--timestamps', 'the time in front of each line')
    .option('-l, --selector <labels>', 'of all pods with these labels')
    .option('--all-containers', 'of all containers')
    .option('--all-pods', 'of all pods of a workload, with --prefix')
    .option('--prefix', 'pod and container in front of each line')
    .option('--max-log-requests <n>', 'pods followed at once at most', integer);
  defineVerb(command, host, verb);
};
