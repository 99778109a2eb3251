/**
 * Keeps the status of policies: whoever writes a policy finds there, a moment later, what type checking says of this generation.
 *
 * In Kubernetes a controller beside the api-server does it; here the schemas are at hand.
 */
import {
  type ValidatingAdmissionPolicy,
  validatingAdmissionPolicyResource,
} from '../../../helper/api/admissionregistration/validating-admission-policy';
import type { KubeObject } from '../../../helper/api/meta';
import { isConflict, isNotFound } from '../../../helper/api/status-error';
import type { Logger } from '../../../helper/process/component';
import { CacheFollower } from '../auth/cache-follower';
import { type Chore, following } from '../chore';
import type { Registry } from '../registry';
import { changeStored } from '../rest/store-write';

export class PolicyStatus implements Chore {
  private readonly followed: Chore;

  constructor(
    private readonly registry: Registry,
    private readonly log: Logger,
  ) {
    const cache = registry.cacheOf(validatingAdmissionPolicyResource);
    const follower = new CacheFollower(cache, {
      startOver: () => {
        for (const { object } of cache.table.list('')) this.consider(object);
      },
      apply: ({ type, current }) => {
        if (type !== 'delete') this.consider(current.object);
      },
    });
    this.followed = following([follower]);
  }

  start(): void {
    this.followed.start();
  }

  stop(): void {
    this.followed.stop();
  }

  private consider(object: KubeObject): void {
    const { metadata, status } = object as ValidatingAdmissionPolicy;
    if (status?.observedGeneration === metadata.generation) return;
    this.check(metadata.name).catch((error: unknown) => {
      if (!isNotFound(error) && !isConflict(error)) {
        this.log.warn({ err: error, policy: metadata.name }, 'a policy could not be type-checked');
      }
    });
  }

  private async check(name: string): Promise<void> {
    const { typeCheckPolicy } = await import('./type-check');
    const cache = this.registry.cacheOf(validatingAdmissionPolicyResource);
    await changeStored({ kind: cache.kind, cache }, '', name, { dryRun: false }, (current) => {
      const next = current.copy<ValidatingAdmissionPolicy>();
      if (!next.spec || next.status?.observedGeneration === next.metadata.generation) return { keep: true };
      const expressionWarnings = typeCheckPolicy(next.spec, this.registry.kinds);
      next.status = {
        ...next.status,
        ...(next.metadata.generation === undefined ? {} : { observedGeneration: next.metadata.generation }),
        typeChecking: expressionWarnings.length > 0 ? { expressionWarnings } : {},
      };
      return { next };
    });
  }
}
