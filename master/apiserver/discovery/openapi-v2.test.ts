import type { JsonSchema } from '../../../helper/api/apiextensions/schema/json-schema';
import type { Kind } from '../../../helper/api/kind';
import { KINDS } from '../../../helper/api/kinds';
import { FIXTURE_KINDS, POD } from './kinds.fixture';
import { openApiGroups } from './openapi';
import { OpenApiV2, openApiV2Hash } from './openapi-v2';

interface Document {
  definitions: Record<string, Record<string, unknown>>;
  paths: Record<string, Record<string, Record<string, unknown>>>;
}

const documentOf = (kinds: readonly Kind[]) => new OpenApiV2().document(openApiGroups(kinds)) as unknown as Document;

function foo(schema: JsonSchema): Kind {
  const structure = { schema, check: () => ({ errors: [], unknown: [] }) };
  const names = { group: 'example.com', version: 'v1', kind: 'Foo', plural: 'foos', schema: 'com.example.v1.Foo' };
  return { ...POD, ...names, structure, subresources: [] };
}

describe('OpenApiV2', () => {
  it('describes fields, references and operations in the words of v2', () => {
    const { definitions, paths } = documentOf(FIXTURE_KINDS);
    expect(definitions['io.k8s.api.core.v1.Pod']).toMatchObject({
      type: 'object',
      properties: { spec: { $ref: '#/definitions/io.k8s.api.core.v1.PodSpec', description: expect.any(String) } },
      'x-kubernetes-group-version-kind': [{ group: '', version: 'v1', kind: 'Pod' }],
    });
    expect(definitions['io.k8s.apimachinery.pkg.util.intstr.IntOrString']).toMatchObject({
      type: 'string',
      format: 'int-or-string',
    });
    expect(paths['/api/v1/namespaces/{namespace}/pods']?.post).toMatchObject({
      consumes: ['application/json'],
      parameters: expect.arrayContaining([
        { name: 'body', in: 'body', required: true, schema: { $ref: '#/definitions/io.k8s.api.core.v1.Pod' } },
        expect.objectContaining({ name: 'dryRun', in: 'query', type: 'string' }),
      ]),
      responses: { 200: { description: 'OK', schema: { $ref: '#/definitions/io.k8s.api.core.v1.Pod' } } },
    });
  });

  it('refers only to definitions it has', () => {
    const document = documentOf(KINDS);
    const refs = [...JSON.stringify(document).matchAll(/"#\/([^"]+)"/g)].map(([, ref]) => ref ?? '');
    expect(refs.filter((ref) => !(ref.replace('definitions/', '') in document.definitions))).toEqual([]);
  });

  it('publishes the schema of a custom resource with the fields all objects have', () => {
    const schema = {
      type: 'object',
      description: 'A foo',
      properties: { spec: { type: 'object', description: 'Its spec' } },
    };
    const { definitions } = documentOf([foo(schema)]);
    expect(definitions['com.example.v1.Foo']).toMatchObject({
      ...schema,
      properties: {
        ...schema.properties,
        apiVersion: { type: 'string', description: expect.stringContaining('APIVersion defines') },
        metadata: { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
      },
    });
  });

  it('leaves out what v2 cannot say', () => {
    const spec = {
      type: 'object',
      properties: {
        port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
        may: { type: 'object', nullable: true, properties: { a: { type: 'string' } } },
        open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { a: { type: 'string' } } },
      },
    };
    const { definitions } = documentOf([foo({ type: 'object', properties: { spec } })]);
    expect(definitions['com.example.v1.Foo']).toHaveProperty('properties.spec', {
      type: 'object',
      properties: {
        port: { 'x-kubernetes-int-or-string': true },
        may: {},
        open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    });
    const open = documentOf([foo({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true })]);
    expect(Object.keys(open.definitions['com.example.v1.Foo'] ?? {})).toEqual([
      'type',
      'x-kubernetes-group-version-kind',
    ]);
  });

  it('openApiV2Hash() changes with any group', () => {
    const [one, other] = [foo({ type: 'object' }), foo({ type: 'object', description: 'x' })];
    expect(openApiV2Hash(openApiGroups([one]))).not.toBe(openApiV2Hash(openApiGroups([other])));
  });
});
