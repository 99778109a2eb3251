/**
 * `certificate approve|deny NAME`: the word of an administrator on a CertificateSigningRequest.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_certificate/
 */
import type { CertificateSigningRequestCondition } from 'kubernetes-types/certificates/v1';
import { resourcePath } from '../../../helper/api/resource';
import { CommandError, throwCollected } from '../command-error';
import { addFileFlags } from '../flags';
import { objectLabel } from '../resources/discovery';
import { completeTarget, findObjects, type Target } from '../resources/find-objects';
import type { AnyObject } from '../resources/get-object';
import type { FileFlags } from '../resources/manifests';
import { type AddVerb, defineVerb, type Verb } from '../verb';

interface Decision {
  readonly type: 'Approved' | 'Denied';
  readonly reason: string;
  readonly message: string;
}

const DECISIONS: Readonly<Record<string, Decision>> = {
  approve: {
    type: 'Approved',
    reason: 'KubectlApprove',
    message: 'This CSR was approved by kubectl certificate approve.',
  },
  deny: { type: 'Denied', reason: 'KubectlDeny', message: 'This CSR was denied by kubectl certificate deny.' },
};

interface DecideRequest {
  readonly target: Target;
  readonly force: boolean;
}

const decide = (decision: Decision): Verb<FileFlags & { readonly force?: boolean }, DecideRequest> => ({
  complete: async ({ args, flags }, context) => ({
    target: await completeTarget({ args: args.length ? ['certificatesigningrequests', ...args] : [], flags }, context),
    force: flags.force ?? false,
  }),
  validate({ target }) {
    if (!target.selections.length && !target.manifests.length)
      throw new CommandError('one or more CSRs must be specified as <name> or -f <filename>');
  },
  async run({ target, force }, context) {
    const errors: unknown[] = [];
    for (const { resource, object } of await findObjects(target, context, errors)) {
      const { name } = object.metadata;
      const status = (object.status ?? {}) as { conditions?: CertificateSigningRequestCondition[] };
      const others = (status.conditions ?? []).filter(({ type }) => type !== decision.type);
      const isDone = !force && others.length !== (status.conditions ?? []).length;
      const now = `${new Date().toISOString().slice(0, 19)}Z`;
      const condition = { ...decision, status: 'True', lastUpdateTime: now };
      const next: AnyObject = { ...object, status: { ...status, conditions: [...others, condition] } };
      try {
        if (!isDone) await context.client.raw('PUT', resourcePath(resource, '', name, 'approval'), next);
        context.output.out(`${objectLabel(resource, name)} ${decision.type.toLowerCase()}\n`);
      } catch (error) {
        errors.push(error);
      }
    }
    throwCollected(errors);
  },
});

export const addCertificate: AddVerb = (program, host) => {
  const parent = program.command('certificate').description('approve or deny certificate signing requests');
  for (const [name, decision] of Object.entries(DECISIONS)) {
    const command = addFileFlags(parent.command(name).description(`${name} requests by name`)).option(
      '--force',
      'decide again',
    );
    defineVerb(command, host, decide(decision));
  }
};
