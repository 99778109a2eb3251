/**
 * Everything clients are told this server has: the kinds of the registry and the group versions of extension servers, as discovery needs them.
 */
import type { Kind } from '../../../helper/api/kind';
import type { ExternalVersion } from '../discovery/external-version';
import type { Registry } from '../registry';
import type { ExtensionCatalog } from './extension-catalog';

export class ServedApis {
  constructor(
    private readonly registry: Registry,
    private readonly catalog: ExtensionCatalog,
  ) {}

  get kinds(): readonly Kind[] {
    return this.registry.kinds;
  }

  get external(): readonly ExternalVersion[] {
    return this.catalog.versions;
  }

  /** Both only ever grow, so every change makes another sum. */
  get generation(): number {
    return this.registry.generation + this.catalog.generation;
  }
}
