/**
 * The file `kustomization.yaml`: which manifests there are and how they are changed.
 *
 * A useful part of kustomize 5. Kustomize also has components, replacements, vars, Helm charts, generator and transformer plugins, configurations, CRD
 * schemas and remote resources; a file that asks for one of them is refused, naming the field.
 * https://kubernetes.io/docs/tasks/manage-kubernetes-objects/kustomization/
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CommandError } from '../command-error';

export type Texts = Readonly<Record<string, string>>;

export interface GeneratorOptions {
  readonly labels?: Texts;
  readonly annotations?: Texts;
  readonly disableNameSuffixHash?: boolean;
  readonly immutable?: boolean;
}

export interface GeneratorArgs {
  readonly name: string;
  readonly namespace?: string;
  readonly behavior?: 'create' | 'merge' | 'replace';
  /** of a Secret */
  readonly type?: string;
  readonly literals?: readonly string[];
  readonly files?: readonly string[];
  readonly envs?: readonly string[];
  readonly env?: string;
  readonly options?: GeneratorOptions;
}

export interface LabelArgs {
  readonly pairs?: Texts;
  readonly includeSelectors?: boolean;
  readonly includeTemplates?: boolean;
}

export interface ImageArgs {
  readonly name: string;
  readonly newName?: string;
  readonly newTag?: string;
  readonly digest?: string;
}

export interface PatchTarget {
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly annotationSelector?: string;
}

export interface PatchArgs {
  readonly path?: string;
  readonly patch?: string;
  readonly target?: PatchTarget;
  readonly options?: { readonly allowNameChange?: boolean; readonly allowKindChange?: boolean };
}

export interface Kustomization {
  readonly resources?: readonly string[];
  /** older name of `resources` for folders */
  readonly bases?: readonly string[];
  readonly namespace?: string;
  readonly namePrefix?: string;
  readonly nameSuffix?: string;
  readonly commonLabels?: Texts;
  readonly labels?: readonly LabelArgs[];
  readonly commonAnnotations?: Texts;
  readonly images?: readonly ImageArgs[];
  readonly replicas?: readonly { readonly name: string; readonly count: number }[];
  readonly configMapGenerator?: readonly GeneratorArgs[];
  readonly secretGenerator?: readonly GeneratorArgs[];
  readonly generatorOptions?: GeneratorOptions;
  readonly patches?: readonly PatchArgs[];
  readonly patchesStrategicMerge?: readonly string[];
  readonly patchesJson6902?: readonly PatchArgs[];
}

const FILES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
const KNOWN = new Set(
  'apiVersion kind metadata resources bases namespace namePrefix nameSuffix commonLabels labels commonAnnotations images replicas configMapGenerator secretGenerator generatorOptions patches patchesStrategicMerge patchesJson6902'.split(
    ' ',
  ),
);

/** The kustomization of a folder. Throws for none, several, or one that asks for what is not there. */
export function readKustomization(folder: string, shown: string): Kustomization {
  const found = FILES.filter((name) => existsSync(join(folder, name)));
  if (found.length === 0)
    throw new CommandError(
      `unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${shown}'`,
    );
  if (found.length > 1) throw new CommandError(`Found multiple kustomization files under: ${shown}`);
  const content = (parse(readFileSync(join(folder, found[0] ?? ''), 'utf8')) ?? {}) as Record<string, unknown>;
  const unknown = Object.keys(content).find((field) => !KNOWN.has(field));
  if (unknown) throw new CommandError(`invalid Kustomization: unknown field ${JSON.stringify(unknown)} in ${shown}`);
  return content as Kustomization;
}
