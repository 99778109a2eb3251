/**
 * Reads the Accept header: media types with their parameters, best first.
 *
 * Kubernetes puts meaning into the parameters (`as=APIGroupDiscoveryList`, `as=Table`), which is why Express' own
 * negotiation does not do.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#alternate-representations-of-resources
 */

export interface AcceptedType {
  /** `application/json`, `application/*`, `*` + `/*`; lower case */
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** More clauses than any client sends. */
const MAX_CLAUSES = 64;

/** The clauses by falling `q`, equal ones in their order; a missing header accepts everything. */
export function parseAccept(header: string | undefined): AcceptedType[] {
  if (!header?.trim()) return [{ type: '*/*', parameters: {} }];
  return header
    .split(',', MAX_CLAUSES)
    .map(parseClause)
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
}

function parseClause(clause: string): AcceptedType & { quality: number } {
  const [type = '', ...pairs] = clause.split(';').map((part) => part.trim());
  const entries = pairs.map((pair) => {
    const [name = '', value = ''] = pair.split('=', 2);
    return [name.toLowerCase(), value] as const;
  });
  const parameters: Record<string, string> = Object.fromEntries(entries);
  const quality = Number(parameters['q'] ?? 1);
  return { type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 0 : quality };
}

/** True when the clause takes plain JSON: no parameter asks for another form. */
export function acceptsJson({ type, parameters }: AcceptedType): boolean {
  return ['application/json', 'application/*', '*/*'].includes(type) && !parameters['as'];
}
