/**
 * `cluster-info dump`: nodes, and of each namespace its events, workloads, pods and their logs, for those who look into a problem from afar.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_cluster-info/kubectl_cluster-info_dump/
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { daemonSetResource } from '../../../helper/api/apps/daemon-set';
import { deploymentResource } from '../../../helper/api/apps/deployment';
import { replicaSetResource } from '../../../helper/api/apps/replica-set';
import { eventResource } from '../../../helper/api/core/event';
import { namespaceResource } from '../../../helper/api/core/namespace';
import { nodeResource } from '../../../helper/api/core/node';
import { type Pod, podResource } from '../../../helper/api/core/pod';
import { replicationControllerResource } from '../../../helper/api/core/replication-controller';
import { serviceResource } from '../../../helper/api/core/service';
import type { KubeObject } from '../../../helper/api/meta';
import { type Resource, resourcePath } from '../../../helper/api/resource';
import { CommandError } from '../command-error';
import { kubectlJson } from '../print/kubectl-json';
import { toYaml } from '../print/print-objects';
import type { Context, Verb } from '../verb';

/** Kinds of a namespace, each with the name of its file. */
const DUMPED: readonly (readonly [file: string, resource: Resource<KubeObject>])[] = [
  ['events', eventResource],
  ['replication-controllers', replicationControllerResource],
  ['services', serviceResource],
  ['daemonsets', daemonSetResource],
  ['deployments', deploymentResource],
  ['replicasets', replicaSetResource],
  ['pods', podResource],
] as unknown as readonly (readonly [string, Resource<KubeObject>])[];

interface DumpFlags {
  readonly outputDirectory?: string;
  readonly allNamespaces?: boolean;
  readonly namespaces?: string;
  readonly output?: string;
}

/** Takes the parts of a dump: to standard output, or each to a file of its own. */
class Dump {
  constructor(
    private readonly flags: DumpFlags,
    private readonly context: Context,
  ) {}

  private get isToStdout(): boolean {
    const folder = this.flags.outputDirectory;
    return folder === undefined || folder === '' || folder === '-';
  }

  write(file: string, text: string): void {
    if (this.isToStdout) {
      this.context.output.out(text);
      return;
    }
    const path = resolve(this.context.shell.workingDirectory, this.flags.outputDirectory ?? '', file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  async list(folder: string, name: string, resource: Resource<KubeObject>, namespace: string): Promise<KubeObject[]> {
    const list = await this.context.client.list(resource, { namespace });
    const isYaml = this.flags.output === 'yaml';
    this.write(
      `${folder}${name}.${isYaml ? 'yaml' : 'json'}`,
      isYaml ? `---\n${toYaml(list)}` : `${kubectlJson(list, 4)}\n`,
    );
    return list.items;
  }

  /** Of every container; one that cannot be read is said so in its place. */
  async logs(pod: Pod): Promise<void> {
    const { name, namespace = '' } = pod.metadata;
    let text = '';
    for (const container of pod.spec?.containers ?? []) {
      const head = `logs for container ${container.name} of pod ${namespace}/${name}`;
      text += `==== START ${head} ====\n${await this.logOf(pod, container.name)}==== END ${head} ====\n`;
    }
    this.write(`${namespace}/${name}/logs.txt`, text);
  }

  private async logOf(pod: Pod, container: string): Promise<string> {
    const path = resourcePath(podResource, pod.metadata.namespace, pod.metadata.name, 'log');
    const query = `?container=${encodeURIComponent(container)}`;
    try {
      const response = await this.context.client.stream('GET', `${path}${query}`, this.context.signal, {
        accept: '*/*',
      });
      response.setEncoding('utf8');
      let text = '';
      for await (const chunk of response) text += String(chunk);
      return text;
    } catch (error) {
      return `Request log error: ${error instanceof Error ? error.message : String(error)}\n`;
    }
  }
}

async function namespacesOf(
  { allNamespaces, namespaces }: DumpFlags,
  { client, namespace }: Context,
): Promise<string[]> {
  if (allNamespaces) return (await client.list(namespaceResource, {})).items.map(({ metadata }) => metadata.name);
  return namespaces ? namespaces.split(',') : [...new Set(['kube-system', namespace])];
}

export const dumpVerb: Verb<DumpFlags, DumpFlags> = {
  complete: ({ flags }) => flags,
  validate({ output = 'json' }) {
    if (output !== 'json' && output !== 'yaml') throw new CommandError(`--output must be 'yaml' or 'json'`);
  },
  async run(flags, context) {
    const dump = new Dump(flags, context);
    await dump.list('', 'nodes', nodeResource as unknown as Resource<KubeObject>, '');
    for (const namespace of await namespacesOf(flags, context)) {
      let pods: KubeObject[] = [];
      for (const [file, resource] of DUMPED) pods = await dump.list(`${namespace}/`, file, resource, namespace);
      for (const pod of pods) await dump.logs(pod as Pod);
    }
    const folder = flags.outputDirectory;
    if (folder && folder !== '-') context.output.out(`Cluster info dumped to ${folder}\n`);
  },
};
