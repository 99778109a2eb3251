/**
 * The ConfigMaps and Secrets a pod refers to, by volume, environment or image pull secret. Pure.
 */
import type { Pod } from '../../helper/api/core/pod';

/** True when a volume of the pod shows fields of the pod, which change with it. */
export function showsOwnFields({ spec }: Pod): boolean {
  return (spec?.volumes ?? []).some(
    ({ downwardAPI, projected }) => downwardAPI || projected?.sources?.some((source) => source.downwardAPI),
  );
}

/** `configmaps/name` or `secrets/name`, all in the pod's namespace; each once. */
export function referencesOf(pod: Pod): string[] {
  const found = new Set<string>();
  const configMap = (name: string | undefined) => name && found.add(`configmaps/${name}`);
  const secret = (name: string | undefined) => name && found.add(`secrets/${name}`);
  const { initContainers = [], containers = [], ephemeralContainers = [] } = pod.spec ?? {};
  for (const container of [...initContainers, ...containers, ...ephemeralContainers]) {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      configMap(configMapRef?.name);
      secret(secretRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      configMap(valueFrom?.configMapKeyRef?.name);
      secret(valueFrom?.secretKeyRef?.name);
    }
  }
  for (const volume of pod.spec?.volumes ?? []) {
    configMap(volume.configMap?.name);
    secret(volume.secret?.secretName);
    for (const source of volume.projected?.sources ?? []) {
      configMap(source.configMap?.name);
      secret(source.secret?.name);
    }
  }
  for (const { name } of pod.spec?.imagePullSecrets ?? []) secret(name);
  return [...found];
}
