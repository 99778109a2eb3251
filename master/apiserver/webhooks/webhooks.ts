/**
 * The webhooks in force: those of all configurations, in the order they are asked, made anew when a configuration changes.
 *
 * Configurations are asked by name, their webhooks in the order they stand. Without any the answer is one empty list.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
 */
import type { RequestRule } from '../../../helper/api/admissionregistration/match-rules';
import {
  type MutatingWebhookConfiguration,
  mutatingWebhookConfigurationResource,
} from '../../../helper/api/admissionregistration/mutating-webhook-configuration';
import {
  type ValidatingWebhookConfiguration,
  validatingWebhookConfigurationResource,
} from '../../../helper/api/admissionregistration/validating-webhook-configuration';
import type { Webhook as PublishedWebhook } from '../../../helper/api/admissionregistration/webhook-rules';
import type { KubeObject } from '../../../helper/api/meta';
import type { Resource } from '../../../helper/api/resource';
import { CacheFollower } from '../auth/cache-follower';
import type { Registry } from '../registry';
import type { WatchCache } from '../watch/watch-cache';

/** One webhook with the name of the configuration it is of. */
export interface Webhook extends Omit<PublishedWebhook, 'rules'> {
  readonly configuration: string;
  readonly rules?: readonly RequestRule[];
}

/** A list made of all objects of a kind, when one of them has changed since it was last asked for. */
export class DerivedList<Item> {
  private readonly follower: CacheFollower;
  private items: readonly Item[] | undefined;

  constructor(
    private readonly cache: WatchCache,
    private readonly make: (object: KubeObject) => readonly Item[],
  ) {
    const forget = () => {
      this.items = undefined;
    };
    this.follower = new CacheFollower(cache, { startOver: forget, apply: forget });
  }

  current(): readonly Item[] {
    this.follower.catchUp();
    this.items ??= this.cache.table.list('').flatMap(({ object }) => this.make(object));
    return this.items;
  }
}

type Configuration = MutatingWebhookConfiguration | ValidatingWebhookConfiguration;

const webhooksOf = (object: KubeObject): Webhook[] =>
  ((object as Configuration).webhooks ?? []).map((webhook) => ({
    ...(webhook as PublishedWebhook & Pick<Webhook, 'rules'>),
    configuration: object.metadata.name,
  }));

export class Webhooks {
  private readonly mutatingList: DerivedList<Webhook>;
  private readonly validatingList: DerivedList<Webhook>;

  constructor(registry: Registry) {
    const listOf = (resource: Resource) => new DerivedList(registry.cacheOf(resource), webhooksOf);
    this.mutatingList = listOf(mutatingWebhookConfigurationResource);
    this.validatingList = listOf(validatingWebhookConfigurationResource);
  }

  mutating(): readonly Webhook[] {
    return this.mutatingList.current();
  }

  validating(): readonly Webhook[] {
    return this.validatingList.current();
  }
}
