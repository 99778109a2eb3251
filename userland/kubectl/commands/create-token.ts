/**
 * `create token ACCOUNT`: a token for a ServiceAccount, for some time and audiences.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/kubectl_create_token/
 */
import type { Command } from 'commander';
import { serviceAccountResource } from '../../../helper/api/core/service-account';
import { StatusError } from '../../../helper/api/status-error';
import { isUnreachable } from '../../../helper/client/connection-error';
import { CommandError } from '../command-error';
import { collectWhole, durationMs } from '../flags';
import { defineVerb, type Verb, type VerbHost } from '../verb';

interface TokenFlags {
  readonly duration?: string;
  readonly audience?: readonly string[];
  readonly boundObjectKind?: string;
  readonly boundObjectName?: string;
  readonly boundObjectUid?: string;
}

interface TokenRequest {
  readonly name: string;
  readonly flags: TokenFlags;
}

const verb: Verb<TokenFlags, TokenRequest> = {
  complete({ args, flags }) {
    const [name] = args;
    if (!name || args.length > 1) throw new CommandError(`exactly one NAME is required, got ${args.length}`);
    return { name, flags };
  },
  validate({ flags: { boundObjectKind, boundObjectName } }) {
    if ((boundObjectKind === undefined) !== (boundObjectName === undefined))
      throw new CommandError('--bound-object-kind and --bound-object-name must be given together');
  },
  async run({ name, flags }, context) {
    const { boundObjectKind, boundObjectName, boundObjectUid } = flags;
    const spec = {
      ...(flags.audience?.length ? { audiences: flags.audience } : {}),
      ...(flags.duration ? { expirationSeconds: Math.round(durationMs(flags.duration) / 1000) } : {}),
      ...(boundObjectKind
        ? {
            boundObjectRef: {
              apiVersion: 'v1',
              kind: boundObjectKind,
              name: boundObjectName,
              ...(boundObjectUid ? { uid: boundObjectUid } : {}),
            },
          }
        : {}),
    };
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
    const answer = (await context.client
      .createSubresource(serviceAccountResource, context.namespace, name, 'token', body)
      .catch((error: unknown) => {
        if (!(error instanceof StatusError) || isUnreachable(error)) throw error;
        throw new CommandError(`failed to create token: ${error.message}`);
      })) as { status?: { token?: string } };
    context.output.out(`${answer.status?.token ?? ''}\n`);
  },
};

export function addCreateToken(parent: Command, host: VerbHost): void {
  const command = parent
    .command('token')
    .description('create token builder --duration=1h')
    .option('--duration <duration>', 'how long it is good')
    .option('--audience <audience>', 'for whom', collectWhole)
    .option('--bound-object-kind <kind>', 'Pod or Secret: ends with this object')
    .option('--bound-object-name <name>', 'its name')
    .option('--bound-object-uid <uid>', 'its uid');
  defineVerb(command, host, verb);
}
