/**
 * `auth can-i` and `auth whoami`: what the server says of your rights, and who it takes you for.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_auth/
 */
import type { Command } from 'commander';
import type { UserInfo } from 'kubernetes-types/authentication/v1';
import { CommandError, SilentExit } from '../command-error';
import { addOutputFlag, type OutputFlags } from '../flags';
import { parseOutputFormat, renderObjects } from '../print/print-objects';
import { TableWriter } from '../print/tab-writer';
import type { AnyObject } from '../resources/get-object';
import { type AddVerb, type Context, defineVerb, type Verb, type VerbHost } from '../verb';
import { addAuthReconcile } from './auth-reconcile';

interface ResourceRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface RulesStatus {
  readonly resourceRules?: readonly ResourceRule[];
  readonly nonResourceRules?: readonly {
    readonly nonResourceURLs: readonly string[];
    readonly verbs: readonly string[];
  }[];
}

interface CanIFlags {
  readonly allNamespaces?: boolean;
  readonly quiet?: boolean;
  readonly list?: boolean;
  readonly subresource?: string;
  readonly headers: boolean;
}

interface CanIRequest {
  readonly verb: string;
  readonly what: string;
  readonly name: string;
  readonly flags: CanIFlags;
}

const AUTHORIZATION = '/apis/authorization.k8s.io/v1';

/** Rights of `deployments.apps/web`, or of a path. */
async function accessOf({ verb, what, name, flags }: CanIRequest, context: Context): Promise<object> {
  if (what.startsWith('/')) return { nonResourceAttributes: { verb, path: what } };
  const [type = '', slashName = ''] = what.split('/');
  const { group, plural, version, isNamespaced } = await typeOf(type, context);
  const namespace = flags.allNamespaces || !isNamespaced ? '' : context.namespace;
  return {
    resourceAttributes: {
      ...(namespace ? { namespace } : {}),
      verb,
      group,
      version,
      resource: plural,
      ...(flags.subresource ? { subresource: flags.subresource } : {}),
      name: name || slashName,
    },
  };
}

async function typeOf(type: string, { discovery, output }: Context) {
  if (type === '*') return { group: '*', plural: '*', version: '*', isNamespaced: true };
  try {
    const { group, plural, version, namespaced } = await discovery.find(type);
    if (!namespaced)
      output.err(`Warning: resource '${plural}' is not namespace scoped${group ? ` in group '${group}'` : ''}\n\n`);
    return { group, plural, version, isNamespaced: namespaced };
  } catch {
    // Rights may be asked about what is not served (yet).
    output.err(`Warning: the server doesn't have a resource type '${type}'\n\n`);
    const [plural = '', ...group] = type.split('.');
    return { group: group.join('.'), plural, version: '*', isNamespaced: true };
  }
}

const list = (texts: readonly string[] = []) => `[${texts.join(' ')}]`;

/** One row a resource and one a path, sorted as kubectl sorts them. */
export function ruleRows({ resourceRules = [], nonResourceRules = [] }: RulesStatus): string[][] {
  const ofResources = resourceRules.flatMap(({ apiGroups = [], resources = [], resourceNames, verbs }) =>
    resources.flatMap((resource) =>
      (apiGroups.length > 0 ? apiGroups : ['']).map((group) => [
        group === '*' && resource === '*' ? '*.*' : group ? `${resource}.${group}` : resource,
        '[]',
        list(resourceNames),
        list(verbs),
      ]),
    ),
  );
  const ofPaths = nonResourceRules.flatMap(({ nonResourceURLs, verbs }) =>
    nonResourceURLs.map((path) => ['', list([path]), '[]', list(verbs)]),
  );
  const inOrder = (rows: string[][]) => rows.sort((a, b) => (a.slice(0, 2).join() < b.slice(0, 2).join() ? -1 : 1));
  const isAll = (row: readonly string[]) => row[0] === '*.*' || row[1] === '[*]';
  const all = [...ofResources, ...ofPaths].filter(isAll);
  return [...all, ...ofResources.filter((row) => !isAll(row)), ...inOrder(ofPaths.filter((row) => !isAll(row)))];
}

async function printRules(flags: CanIFlags, context: Context): Promise<void> {
  const review = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectRulesReview',
    spec: { namespace: context.namespace },
  };
  const answer = (await context.client.raw('POST', `${AUTHORIZATION}/selfsubjectrulesreviews`, review)) as {
    status: RulesStatus;
  };
  const rows = ruleRows(answer.status);
  const header = ['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs'];
  context.output.out(new TableWriter().render(flags.headers ? [header, ...rows] : rows));
}

const canI: Verb<CanIFlags, CanIRequest> = {
  complete: ({ args: [verb = '', what = '', name = ''], flags }) => ({ verb, what, name, flags }),
  validate({ verb, what, flags }) {
    if (flags.list) return;
    if (!verb || !what)
      throw new CommandError(
        "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
      );
  },
  async run(request, context) {
    const { flags } = request;
    if (flags.list) return printRules(flags, context);
    const spec = await accessOf(request, context);
    const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec };
    const { status } = (await context.client.raw('POST', `${AUTHORIZATION}/selfsubjectaccessreviews`, review)) as {
      status: { allowed: boolean; reason?: string; evaluationError?: string };
    };
    const { allowed, reason, evaluationError } = status;
    if (!flags.quiet) {
      const why = reason ? ` - ${reason}` : '';
      const error = evaluationError ? ` - ${evaluationError}` : '';
      context.output.out(allowed ? 'yes\n' : `no${why}${error}\n`);
    }
    if (!allowed) throw new SilentExit(1);
  },
};

const whoAmI: Verb<OutputFlags, OutputFlags> = {
  complete: ({ flags }) => flags,
  validate: () => undefined,
  async run(flags, context) {
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview', metadata: {} };
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const answer = (await context.client.raw('POST', path, review)) as AnyObject & { status: { userInfo: UserInfo } };
    const format = parseOutputFormat(flags.output);
    if (format) {
      const resource = { kind: 'SelfSubjectReview', group: 'authentication.k8s.io' };
      context.output.out(renderObjects([{ resource, object: answer }], format, { asList: false }));
      return;
    }
    const { username = '', uid, groups, extra } = answer.status.userInfo;
    const rows = [
      ['ATTRIBUTE', 'VALUE'],
      ['Username', username],
      ...(uid ? [['UID', uid]] : []),
      ...(groups?.length ? [['Groups', `[${groups.join(' ')}]`]] : []),
      ...Object.entries(extra ?? {}).map(([key, values]) => [`Extra: ${key}`, `[${values.join(' ')}]`]),
    ];
    context.output.out(new TableWriter().render(rows));
  },
};

function addCanI(parent: Command, host: VerbHost): void {
  const command = parent
    .command('can-i')
    .description('may I: auth can-i create deployments')
    .option('-A, --all-namespaces', 'in all namespaces')
    .option('-q, --quiet', 'only the exit code')
    .option('--list', 'all you may do in the namespace')
    .option('--subresource <name>', 'of this subresource: log, scale')
    .option('--no-headers', 'no line of column names');
  defineVerb(command, host, canI);
}

export const addAuth: AddVerb = (program, host) => {
  const parent = program.command('auth').description('what you may do, and who you are');
  addCanI(parent, host);
  addAuthReconcile(parent, host);
  defineVerb(addOutputFlag(parent.command('whoami').description('who the server takes you for')), host, whoAmI);
};
