/**
 * A group version another server serves, as discovery shows it: what that server said of itself, and its place among the others.
 * https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/
 */
export interface ExternalVersion {
  readonly group: string;
  readonly version: string;
  /** of its APIService */
  readonly groupPriority: number;
  readonly versionPriority: number;
  /** true while the server does not answer; clients then say which group they know nothing of */
  readonly isStale: boolean;
  /** rows of aggregated discovery v2; none while nothing was heard */
  readonly resources: readonly object[];
  /** the address of its OpenAPI v3 document, which is asked of that server */
  readonly openApiUrl?: string;
  /** its part of the OpenAPI v2 document */
  readonly openApiV2?: OpenApiV2Part;
}

export interface OpenApiV2Part {
  /** changes when the part does */
  readonly hash: string;
  readonly paths: Readonly<Record<string, unknown>>;
  readonly definitions: Readonly<Record<string, unknown>>;
}

/** `apis/<group>/<version>`: its key in the index of OpenAPI v3. */
export const openApiPathOf = ({ group, version }: Pick<ExternalVersion, 'group' | 'version'>): string =>
  group ? `apis/${group}/${version}` : `api/${version}`;
