/**
 * `explain pods.spec.containers`: what a field means, from the server's OpenAPI document.
 * https://kubernetes.io/docs/reference/kubectl/generated/kubectl_explain/
 */
import { apiVersionOf } from '../../../helper/api/resource';
import { CommandError, WordsOnly } from '../command-error';
import {
  explanationHead,
  type OpenApiSchema,
  type ResolvedField,
  renderExplanation,
  resolveField,
} from '../print/explain-schema';
import { type AddVerb, defineVerb, type Verb } from '../verb';

interface ExplainFlags {
  readonly recursive?: boolean;
  readonly apiVersion?: string;
  readonly output?: string;
}

interface ExplainRequest {
  readonly words: readonly string[];
  readonly recursive: boolean;
  readonly apiVersion: string | undefined;
  readonly format: string;
}

interface OpenApiIndex {
  readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
}

interface OpenApiDocument {
  readonly components?: { readonly schemas?: Readonly<Record<string, OpenApiSchema>> };
}

const verb: Verb<ExplainFlags, ExplainRequest> = {
  complete: ({ args, flags: { recursive = false, apiVersion, output = 'plaintext' } }) => ({
    words: args,
    recursive,
    apiVersion,
    format: output,
  }),
  validate({ words, format }) {
    // Kubernetes also has plaintext-openapiv2, for servers older than its OpenAPI v3 documents.
    if (format !== 'plaintext') throw new CommandError(`unrecognized format: ${format}`);
    if (words.length === 0)
      throw new CommandError(
        'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.',
      );
    if (words.length > 1) throw new CommandError('We accept only this format: explain RESOURCE');
  },
  async run({ words, recursive, apiVersion }, { client, discovery, output }) {
    const [type = '', ...path] = (words[0] ?? '').split('.').filter(Boolean);
    const resource = await discovery.find(type).catch((error: unknown) => {
      throw error instanceof CommandError ? new WordsOnly(error.message) : error;
    });
    const groupVersion = apiVersion ?? apiVersionOf(resource);
    const index = (await client.raw('GET', '/openapi/v3')) as OpenApiIndex;
    const entry = index.paths[groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`];
    if (!entry)
      throw new CommandError(
        `couldn't find resource for ${JSON.stringify(`${groupVersion}, Resource=${resource.plural}`)}`,
      );
    const document = (await client.raw('GET', entry.serverRelativeURL)) as OpenApiDocument;
    const schemas = document.components?.schemas ?? {};
    const [group, version] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion];
    const root = Object.values(schemas).find((schema) =>
      schema['x-kubernetes-group-version-kind']?.some(
        (gvk) => gvk.kind === resource.kind && gvk.group === group && gvk.version === version,
      ),
    );
    if (!root) throw new CommandError(`the server has no schema of ${resource.kind}`);
    const kind = { group: group ?? '', version: version ?? '', kind: resource.kind };
    let field: ResolvedField;
    try {
      field = resolveField(root, path, schemas);
    } catch (error) {
      output.out(explanationHead(kind));
      throw error;
    }
    output.out(renderExplanation(kind, field, schemas, recursive));
  },
};

export const addExplain: AddVerb = (program, host) => {
  const command = program
    .command('explain')
    .description('what a field means: explain pods.spec.containers')
    .option('--recursive', 'all fields below, names and types only')
    .option('--output <format>', 'plaintext')
    .option('--api-version <version>', 'this group and version');
  defineVerb(command, host, verb);
};
