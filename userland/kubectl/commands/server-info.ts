/**
 * What the server is and serves: `api-resources`, `api-versions`, `version`, `cluster-info`.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_api-resources/
 */
import { serviceResource } from '../../../helper/api/core/service';
import { apiVersionOf, resourcePath } from '../../../helper/api/resource';
import { CommandError } from '../command-error';
import { toYaml } from '../print/print-objects';
import { TableWriter } from '../print/tab-writer';
import type { ServedResource } from '../resources/discovery';
import { type AddVerb, defineVerb, type Verb } from '../verb';
import { dumpVerb } from './cluster-info-dump';

/** The API this kubectl speaks. */
const CLIENT_VERSION = 'v1.32.0+minik8s';

interface ResourcesFlags {
  readonly namespaced?: string;
  readonly apiGroup?: string;
  readonly output?: string;
  readonly headers: boolean;
  readonly sortBy?: string;
  readonly verbs?: string;
}

const isWanted = (flags: ResourcesFlags) => (resource: ServedResource) =>
  (flags.namespaced === undefined || resource.namespaced === (flags.namespaced === 'true')) &&
  (flags.apiGroup === undefined || resource.group === flags.apiGroup) &&
  (flags.verbs ?? '').split(',').every((verb) => verb === '' || resource.verbs.includes(verb));

/** Each resource once: discovery names the version a group prefers first. */
function preferredOnly(resources: readonly ServedResource[]): ServedResource[] {
  const byName = new Map<string, ServedResource>();
  for (const resource of resources) {
    const key = `${resource.plural}.${resource.group}`;
    if (!byName.has(key)) byName.set(key, resource);
  }
  return [...byName.values()];
}

const resourcesVerb: Verb<ResourcesFlags, ResourcesFlags> = {
  complete: ({ flags }) => flags,
  validate({ output, sortBy }) {
    if (output && output !== 'wide' && output !== 'name') throw new CommandError(`--output ${output} is not available`);
    if (sortBy && sortBy !== 'name' && sortBy !== 'kind') throw new CommandError('--sort-by accepts only name or kind');
  },
  async run(flags, { discovery, output }) {
    const key = flags.sortBy === 'kind' ? 'kind' : 'plural';
    const found = preferredOnly(await discovery.all()).filter(isWanted(flags));
    const sorted = [...found].sort((a, b) =>
      flags.sortBy
        ? a[key] < b[key]
          ? -1
          : 1
        : a.group < b.group
          ? -1
          : a.group > b.group
            ? 1
            : a.plural < b.plural
              ? -1
              : 1,
    );
    if (flags.output === 'name') {
      output.out(sorted.map(({ plural, group }) => `${plural}${group ? `.${group}` : ''}\n`).join(''));
      return;
    }
    const wide = flags.output === 'wide';
    const rows = sorted.map((resource) => [
      resource.plural,
      resource.shortNames.join(','),
      apiVersionOf(resource),
      String(resource.namespaced),
      resource.kind,
      ...(wide ? [resource.verbs.join(','), resource.categories.join(',')] : []),
    ]);
    const header = ['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND', ...(wide ? ['VERBS', 'CATEGORIES'] : [])];
    output.out(new TableWriter().render(flags.headers ? [header, ...rows] : rows));
  },
};

export const addApiResources: AddVerb = (program, host) => {
  const command = program
    .command('api-resources')
    .description('what the server serves')
    .option('--namespaced <bool>', 'true or false')
    .option('--api-group <group>', 'of this group')
    .option('--verbs <verbs>', 'that take these verbs')
    .option('--sort-by <field>', 'name or kind')
    .option('-o, --output <format>', 'wide or name')
    .option('--no-headers', 'no line of column names');
  defineVerb(command, host, resourcesVerb);
};

const versionsVerb: Verb<object, null> = {
  complete: () => null,
  validate: () => undefined,
  async run(_, { discovery, output }) {
    const versions = new Set((await discovery.all()).map(apiVersionOf));
    output.out(
      [...versions]
        .sort()
        .map((version) => `${version}\n`)
        .join(''),
    );
  },
};

export const addApiVersions: AddVerb = (program, host) =>
  defineVerb(program.command('api-versions').description('groups and versions served'), host, versionsVerb);

interface VersionFlags {
  readonly client?: boolean;
  readonly output?: string;
}

const versionVerb: Verb<VersionFlags, VersionFlags> = {
  complete: ({ flags }) => flags,
  validate({ output }) {
    if (output && output !== 'json' && output !== 'yaml') throw new CommandError(`--output must be 'yaml' or 'json'`);
  },
  async run({ client, output: format }, context) {
    const serverVersion = client
      ? undefined
      : ((await context.client.raw('GET', '/version')) as { gitVersion: string });
    const all = {
      clientVersion: { gitVersion: CLIENT_VERSION, platform: `${process.platform}/${process.arch}` },
      ...(serverVersion ? { serverVersion } : {}),
    };
    if (format === 'json') context.output.out(`${JSON.stringify(all, null, 2)}\n`);
    else if (format === 'yaml') context.output.out(toYaml(all));
    else
      context.output.out(
        `Client Version: ${CLIENT_VERSION}\n${serverVersion ? `Server Version: ${serverVersion.gitVersion}\n` : ''}`,
      );
  },
};

export const addVersion: AddVerb = (program, host) => {
  const command = program
    .command('version')
    .description('of this client and of the server')
    .option('--client', 'of the client only')
    .option('-o, --output <format>', 'json or yaml');
  defineVerb(command, host, versionVerb);
};

/** Services of the system that carry this label are shown with the address under which the API server passes requests on to them. */
const SYSTEM_SERVICES = { namespace: 'kube-system', labelSelector: 'kubernetes.io/cluster-service=true' };

const clusterInfoVerb: Verb<object, null> = {
  complete: () => null,
  validate: () => undefined,
  async run(_, { client, connection, output }) {
    const { items } = await client.list(serviceResource, SYSTEM_SERVICES);
    const { server } = connection.config;
    output.out(`Kubernetes control plane is running at ${server}\n`);
    for (const { metadata, spec } of items) {
      const port = spec?.ports?.[0]?.name;
      const path = resourcePath(
        serviceResource,
        metadata.namespace,
        `${metadata.name}${port ? `:${port}` : ''}`,
        'proxy',
      );
      output.out(`${metadata.labels?.['kubernetes.io/name'] ?? metadata.name} is running at ${server}${path}\n`);
    }
    output.out("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n");
  },
};

export const addClusterInfo: AddVerb = (program, host) => {
  const command = program.command('cluster-info').description('where the API server is');
  defineVerb(command, host, clusterInfoVerb);
  const dump = command
    .command('dump')
    .description('everything there is to know, for those who look into a problem')
    .option('--output-directory <folder>', 'into files instead of standard output')
    .option('-A, --all-namespaces', 'of all namespaces')
    .option('--namespaces <names>', 'of these namespaces')
    .option('-o, --output <format>', 'json or yaml');
  defineVerb(dump, host, dumpVerb);
};
