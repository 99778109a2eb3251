/**
 * `events`: what happened, oldest first; `--for pod/web` to one object.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_events/
 */
import { humanDuration } from '../../../helper/api/age';
import { type Event, eventResource } from '../../../helper/api/core/event';
import { CommandError } from '../command-error';
import { addOutputFlag, type OutputFlags } from '../flags';
import { parseOutputFormat, renderObjects } from '../print/print-objects';
import { TableWriter } from '../print/tab-writer';
import { parseResourceArgs } from '../resources/resource-args';
import { type AddVerb, type Context, defineVerb, type Verb } from '../verb';

const TYPES = ['Normal', 'Warning'];

interface EventsFlags extends OutputFlags {
  readonly allNamespaces?: boolean;
  readonly for?: string;
  readonly types?: readonly string[];
  readonly watch?: boolean;
  readonly headers: boolean;
}

interface EventsRequest {
  readonly flags: EventsFlags;
  readonly namespace: string;
  readonly fieldSelector: string | undefined;
}

const lastSeen = ({ series, lastTimestamp, firstTimestamp, eventTime, metadata }: Event): string =>
  series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? firstTimestamp ?? metadata.creationTimestamp ?? '';

function ago(timestamp: string | undefined, now: Date): string {
  return timestamp ? humanDuration(now.getTime() - Date.parse(timestamp)) : '<unknown>';
}

/** `3m2s (x5 over 10m)` */
function seen(event: Event, now: Date): string {
  const count = event.series?.count ?? event.count ?? 1;
  const first = event.firstTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp;
  return count > 1 ? `${ago(lastSeen(event), now)} (x${count} over ${ago(first, now)})` : ago(lastSeen(event), now);
}

function rowOf(event: Event, now: Date, withNamespace: boolean): string[] {
  const { kind = '', name = '' } = event.involvedObject;
  const object = `${kind}/${name}`;
  const cells = [seen(event, now), event.type ?? '', event.reason ?? '', object, (event.message ?? '').trim()];
  return withNamespace ? [event.metadata.namespace ?? '', ...cells] : cells;
}

const isWanted = ({ types }: EventsFlags, { type = '' }: Event) =>
  !types?.length || types.some((wanted) => wanted.toLowerCase() === type.toLowerCase());

async function selectorFor(target: string, { discovery }: Context): Promise<string> {
  const [selection] = await parseResourceArgs([target], discovery);
  const [name] = selection?.names ?? [];
  if (!selection || !name) throw new CommandError('--for must be in resource/name form');
  return `involvedObject.kind=${selection.resource.kind},involvedObject.name=${name}`;
}

const verb: Verb<EventsFlags, EventsRequest> = {
  async complete({ flags }, context) {
    return {
      flags,
      namespace: flags.allNamespaces ? '' : context.namespace,
      fieldSelector: flags.for ? await selectorFor(flags.for, context) : undefined,
    };
  },
  validate({ flags }) {
    const wrong = flags.types?.find((type) => !TYPES.some((known) => known.toLowerCase() === type.toLowerCase()));
    if (wrong) throw new CommandError('valid --types are Normal or Warning');
  },
  async run({ flags, namespace, fieldSelector }, context) {
    const query = { namespace, ...(fieldSelector ? { fieldSelector } : {}) };
    const { items, metadata } = await context.client.list<Event>(eventResource, query);
    const events = items.filter((event) => isWanted(flags, event));
    events.sort((left, right) => Date.parse(lastSeen(left)) - Date.parse(lastSeen(right)));
    const format = parseOutputFormat(flags.output);
    if (format) {
      const found = events.map((object) => ({ resource: eventResource, object }));
      context.output.out(renderObjects(found, format, { asList: true }));
      return;
    }
    const all = flags.allNamespaces ?? false;
    const header = [...(all ? ['NAMESPACE'] : []), 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'];
    const table = new TableWriter();
    const show = (rows: readonly string[][]) => context.output.out(table.render(rows));
    if (events.length === 0 && !flags.watch) {
      context.output.err(all ? 'No events found.\n' : `No events found in ${namespace} namespace.\n`);
      return;
    }
    const rows = events.map((event) => rowOf(event, new Date(), all));
    show(flags.headers ? [header, ...rows] : rows);
    if (!flags.watch) return;
    const from = { ...query, ...(metadata.resourceVersion ? { resourceVersion: metadata.resourceVersion } : {}) };
    for await (const { type, object } of context.client.watch<Event>(eventResource, from, context.signal)) {
      if (type !== 'DELETED' && isWanted(flags, object)) show([rowOf(object, new Date(), all)]);
    }
  },
};

export const addEvents: AddVerb = (program, host) => {
  const command = addOutputFlag(program.command('events').description('what happened: events --for pod/web'))
    .option('-A, --all-namespaces', 'in all namespaces')
    .option('--for <type/name>', 'to this object')
    .option('--types <types>', 'Normal, Warning', (value) => value.split(','))
    .option('-w, --watch', 'go on with every new one')
    .option('--no-headers', 'no line of column names');
  defineVerb(command, host, verb);
};
