/**
 * The flags of our kubectl beside those of the stock one, command by command: what ours lacks is written down here, and nothing else.
 *
 * A flag that is missing and not listed fails the test, and so does one that is listed and there: the list stays true. What students
 * would miss most is also said in `docs/differences.md`. Skipped where there is no stock kubectl.
 * https://kubernetes.io/docs/reference/kubectl/generated/
 */
import { execFileSync } from 'node:child_process';
import type { Command } from 'commander';
import { createProgram } from '../../userland/kubectl/program';
import type { Shell } from '../../userland/kubectl/shell';
import { KUBECTL } from '../kubectl-path';

jest.setTimeout(120_000);

/** Go templates are left out everywhere. */
const NOWHERE = ['--help', '--allow-missing-template-keys', '--template'];

const MISSING: Readonly<Record<string, string>> = {
  create: '--edit --raw --selector --windows-line-endings',
  'create clusterrole': '--aggregation-rule',
  'create configmap': '--append-hash',
  'create ingress': '--annotation',
  'create secret docker-registry': '--append-hash --from-file',
  'create secret generic': '--append-hash',
  'create secret tls': '--append-hash',
  'create service externalname': '--tcp',
  'create token': '--output --show-managed-fields',
  expose: '--override-type',
  run: '--cascade --filename --kustomize --override-type --recursive --timeout --wait',
  'set env': '--all --from --keys --local --overwrite --prefix --resolve',
  'set image': '--all --local',
  'set resources': '--all --local',
  'set selector': '--all --local --resource-version',
  'set serviceaccount': '--all --local',
  'set subject': '--all --local',
  get: '--output-watch-events --subresource',
  delete: '--interactive --raw',
  'rollout history': '--output --show-managed-fields',
  'rollout status': '--revision',
  'rollout undo': '--output --show-managed-fields',
  scale: '--timeout',
  'certificate approve': '--output --show-managed-fields',
  'certificate deny': '--output --show-managed-fields',
  'cluster-info dump': '--pod-running-timeout --show-managed-fields',
  'top node': '--use-protocol-buffers',
  'top pod': '--use-protocol-buffers',
  drain: '--chunk-size --skip-wait-for-delete-timeout',
  taint: '--validate',
  describe: '--chunk-size',
  logs: '--ignore-errors --insecure-skip-tls-verify-backend --pod-running-timeout',
  attach: '--pod-running-timeout',
  exec: '--filename --pod-running-timeout',
  proxy: '--append-server-path --keepalive',
  cp: '--retries',
  debug: '--custom',
  events: '--chunk-size',
  diff: '--concurrency --prune --prune-allowlist --selector --show-managed-fields',
  apply: '--cascade --force --grace-period --openapi-patch --overwrite --subresource --timeout --wait',
  'apply edit-last-applied': '--show-managed-fields',
  'apply set-last-applied': '--output --show-managed-fields',
  'apply view-last-applied': '--all',
  patch: '--local',
  replace: '--cascade --raw --subresource --timeout --wait',
  wait: '--local --output --show-managed-fields',
  kustomize:
    '--as-current-user --enable-alpha-plugins --enable-helm --env --helm-api-versions --helm-command --helm-debug --helm-kube-version --load-restrictor --mount --network --network-name --output',
  label: '--local',
  annotate: '--local',
  'api-resources': '--cached --categories',
  'config set-cluster': '--proxy-url',
  'config set-credentials':
    '--auth-provider --auth-provider-arg --exec-api-version --exec-arg --exec-command --exec-env --exec-interactive-mode --exec-provide-cluster-info',
  'config view': '--flatten --merge --show-managed-fields',
  options:
    '--cache-dir --disable-compression --log-flush-frequency --match-server-version --password --profile --profile-output --user --username --vmodule --warnings-as-errors',
};

const suite = KUBECTL ? describe : describe.skip;
if (!KUBECTL) console.warn('skipped: no kubectl on PATH');

const help = (words: readonly string[]) =>
  execFileSync(KUBECTL ?? 'kubectl', [...words, '--help'], { encoding: 'utf8' });

const flagsIn = (text: string) => [...text.matchAll(/^ {4}(?:-\w, )?(--[\w-]+)/gm)].map(([, flag = '']) => flag);

/** Commands below, as `Available Commands:` and the like name them. */
function commandsIn(text: string): string[] {
  const [head = ''] = text.split('Usage:');
  const sections = [...head.matchAll(/^[A-Z][^\n]*Commands[^\n]*:\n((?: {2}\S[^\n]*\n)+)/gm)];
  return sections.flatMap(([, lines = '']) =>
    lines
      .trimEnd()
      .split('\n')
      .map((line) => line.trim().split(/\s/)[0] ?? ''),
  );
}

/** Flags of the stock kubectl by command. */
function stockFlags(words: readonly string[] = [], found = new Map<string, string[]>()): Map<string, string[]> {
  const text = help(words);
  const below = commandsIn(text).filter((word) => word !== words.at(-1));
  if (below.length === 0 || flagsIn(text).length > 0) found.set(words.join(' '), flagsIn(text));
  for (const word of below) stockFlags([...words, word], found);
  return found;
}

function ourCommand(program: Command, words: string): Command | undefined {
  let found: Command | undefined = program;
  for (const word of words.split(' ').filter(Boolean)) {
    found = found?.commands.find((command) => command.name() === word || command.aliases().includes(word));
  }
  return found;
}

const flagsOf = (command: Command) =>
  command.options.flatMap(({ long }) => (long ? [long, long.replace(/^--no-/, '--')] : []));

suite('kubectl', () => {
  test('has the flags of stock kubectl, but for those in the list', () => {
    const options = flagsIn(execFileSync(KUBECTL ?? '', ['options'], { encoding: 'utf8' }));
    const global = new Set([...options, ...NOWHERE]);
    const shell = { output: { out: () => undefined, err: () => undefined } } as unknown as Shell;
    const program = createProgram({ shell, afterDash: undefined });
    const missing = [...stockFlags()].flatMap(([words, flags]): [string, string][] => {
      const ours = ourCommand(program, words);
      if (!ours) return [[words, 'the command']];
      const own = new Set(flagsOf(ours));
      const lacking = flags.filter((flag) => !own.has(flag) && !global.has(flag)).sort();
      return lacking.length > 0 ? [[words, lacking.join(' ')]] : [];
    });
    const own = new Set(flagsOf(program));
    missing.push([
      'options',
      options
        .filter((flag) => !own.has(flag) && !NOWHERE.includes(flag))
        .sort()
        .join(' '),
    ]);
    expect(Object.fromEntries(missing)).toEqual(MISSING);
  });
});
