/**
 * `kustomize [FOLDER]`: what a kustomization makes, as manifests; `apply -k` and its like send it.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_kustomize/
 */
import { resolve } from 'node:path';
import { CommandError } from '../command-error';
import { toYaml } from '../print/print-objects';
import { type AddVerb, defineVerb, type Verb } from '../verb';

const verb: Verb<object, readonly string[]> = {
  complete: ({ args }) => args,
  validate(args) {
    if (args.length > 1) throw new CommandError('specify one path to a kustomization directory');
  },
  async run([folder = '.'], { output, shell }) {
    const { buildKustomization } = await import('../kustomize/build');
    const objects = buildKustomization(resolve(shell.workingDirectory, folder));
    output.out(objects.map((object) => toYaml(object)).join('---\n'));
  },
};

export const addKustomize: AddVerb = (program, host) => {
  defineVerb(
    program.command('kustomize').description('what a kustomization makes: kustomize overlays/lab'),
    host,
    verb,
  );
};
