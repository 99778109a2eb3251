/**
 * ValidatingAdmissionPolicies over a real api-server.
 */
import { CONFIG_MAPS, configMap, DEPLOYMENTS, deployment, MERGE } from './objects';
import { startTestServer, type TestServer } from './test-server';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
}, 30_000);
afterAll(() => server?.stop());

const GROUP = '/apis/admissionregistration.k8s.io/v1';
const POLICIES = `${GROUP}/validatingadmissionpolicies`;
const BINDINGS = `${GROUP}/validatingadmissionpolicybindings`;

const rulesFor = (apiGroups: string[], resources: string[]) => ({
  resourceRules: [{ apiGroups, apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources }],
});
const policy = (name: string, spec: object) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name },
  spec: { failurePolicy: 'Fail', matchConstraints: rulesFor([''], ['configmaps']), ...spec },
});
const binding = (policyName: string, spec: object = {}) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: `${policyName}-binding` },
  spec: { policyName, validationActions: ['Deny'], ...spec },
});

async function bind(name: string, spec: object, bindingSpec: object = {}): Promise<() => Promise<void>> {
  for (const [path, body] of [
    [POLICIES, policy(name, spec)],
    [BINDINGS, binding(name, bindingSpec)],
  ] as const) {
    const { code, text } = await server.send('POST', path, body);
    expect([code, text]).toEqual([201, expect.any(String)]);
  }
  return async () => {
    await server.send('DELETE', `${BINDINGS}/${name}-binding`);
    await server.send('DELETE', `${POLICIES}/${name}`);
  };
}

const put = async (path: string, body: object) => {
  const { code, headers, json } = await server.send('POST', path, body);
  return { code, warning: headers.warning ?? '', ...json<{ message: string; reason: string; details: object }>() };
};

describe('a policy', () => {
  it('denies in its own words, once it is bound', async () => {
    const undo = await bind('replicas.example.com', {
      matchConstraints: rulesFor(['apps'], ['deployments']),
      validations: [
        {
          expression: 'object.spec.replicas > 2',
          messageExpression: "'wants more than 2, got ' + string(object.spec.replicas)",
        },
      ],
    });
    const { code, message, reason, details } = await put(DEPLOYMENTS, deployment('few'));
    expect([code, reason]).toEqual([422, 'Invalid']);
    const said =
      "ValidatingAdmissionPolicy 'replicas.example.com' with binding 'replicas.example.com-binding' denied request: wants more than 2, got 2";
    expect(message).toBe(`deployments.apps "few" is forbidden: ${said}`);
    expect(details).toEqual({ name: 'few', group: 'apps', kind: 'deployments', causes: [{ message: said }] });
    const many = deployment('many');
    many.spec.replicas = 3;
    expect((await put(DEPLOYMENTS, many)).code).toBe(201);
    await undo();
    expect((await put(DEPLOYMENTS, deployment('few'))).code).toBe(201);
  });

  it('sees variables, the namespace, the request and the old object', async () => {
    const undo = await bind('sees', {
      variables: [
        { name: 'keys', expression: 'has(object.data) ? object.data.map(k, k) : []' },
        { name: 'count', expression: 'variables.keys.size()' },
      ],
      matchConditions: [{ name: 'updates', expression: "request.operation == 'UPDATE'" }],
      validations: [
        { expression: 'variables.count >= oldObject.data.size()', message: 'keys may not go', reason: 'Forbidden' },
        {
          expression:
            "namespaceObject.metadata.name == 'default' && authorizer.requestResource.check('update').allowed()",
        },
      ],
      auditAnnotations: [{ key: 'count', valueExpression: "'count is ' + string(variables.count)" }],
    });
    await put(CONFIG_MAPS, configMap('shrinks', { a: '1', b: '2' }));
    const shrunk = await server.send('PATCH', `${CONFIG_MAPS}/shrinks`, { data: { a: null } }, MERGE);
    expect(shrunk.code).toBe(403);
    expect(shrunk.text).toContain('denied request: keys may not go');
    expect((await server.send('PATCH', `${CONFIG_MAPS}/shrinks`, { data: { c: '1' } }, MERGE)).code).toBe(200);
    await undo();
  });

  it('judges by the parameters its binding names', async () => {
    await put(CONFIG_MAPS, configMap('limits', { max: '3' }));
    const paramKind = { apiVersion: 'v1', kind: 'ConfigMap' };
    const validations = [{ expression: 'object.metadata.name.size() <= int(params.data.max)' }];
    const byName = { name: 'limits', namespace: 'default', parameterNotFoundAction: 'Deny' };
    const undo = await bind('params', { paramKind, validations }, { paramRef: byName });
    expect((await put(CONFIG_MAPS, configMap('long-name'))).message).toContain(
      'denied request: failed expression: object.metadata.name.size() <= int(params.data.max)',
    );
    expect((await put(CONFIG_MAPS, configMap('abc'))).code).toBe(201);
    await undo();
    const gone = { ...byName, name: 'gone' };
    const undoMissing = await bind('missing', { paramKind, validations }, { paramRef: gone });
    expect((await put(CONFIG_MAPS, configMap('xyz'))).message).toContain(
      'failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
    );
    await undoMissing();
  });

  it('warns instead, where the binding says so, and only where it applies', async () => {
    const matchResources = { objectSelector: { matchLabels: { judged: 'yes' } } };
    const undo = await bind(
      'warns',
      { validations: [{ expression: 'false', message: 'never good' }] },
      { validationActions: ['Warn', 'Audit'], matchResources },
    );
    expect((await put(CONFIG_MAPS, configMap('unjudged'))).warning).toBe('');
    const { code, warning } = await put(CONFIG_MAPS, configMap('warned', {}, { judged: 'yes' }));
    expect(code).toBe(201);
    expect(warning).toContain(
      "Validation failed for ValidatingAdmissionPolicy 'warns' with binding 'warns-binding': never good",
    );
    await undo();
  });

  it('that cannot be evaluated counts as its failure policy says', async () => {
    const validations = [{ expression: 'object.data.missing == "x"' }];
    const undo = await bind('fails', { validations });
    expect((await put(CONFIG_MAPS, configMap('no-data', { a: 'b' }))).message).toContain(
      'expression \'object.data.missing == "x"\' resulted in error: no such key: missing',
    );
    await undo();
    const undoIgnored = await bind('ignored', { validations, failurePolicy: 'Ignore' });
    expect((await put(CONFIG_MAPS, configMap('no-data', { a: 'b' }))).code).toBe(201);
    await undoIgnored();
  });

  it('is refused when an expression is none', async () => {
    const broken = policy('broken', {
      validations: [{ expression: 'object.x >' }, { expression: 'nothing' }, { expression: "'text'" }],
    });
    const { code, message } = await put(POLICIES, broken);
    expect(code).toBe(422);
    expect(message).toContain(
      'spec.validations[0].expression: Invalid value: "object.x >": compilation failed: ERROR: <input>:1:',
    );
    expect(message).toContain("undeclared reference to 'nothing'");
    expect(message).toContain('must evaluate to bool');
    const webhooks = [
      {
        name: 'a.example.com',
        clientConfig: { url: 'https://127.0.0.1:1' },
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        matchConditions: [{ name: 'c', expression: '... [] bad expression' }],
      },
    ];
    const configuration = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name: 'x' },
      webhooks,
    };
    expect((await put(`${GROUP}/validatingwebhookconfigurations`, configuration)).message).toContain(
      'compilation failed',
    );
  });

  it('is checked against the types of the kinds it names', async () => {
    const matchConstraints = rulesFor(['apps'], ['deployments']);
    await put(
      POLICIES,
      policy('right', { matchConstraints, validations: [{ expression: 'object.spec.replicas > 1' }] }),
    );
    const validations = [
      { expression: "object.spec.replicas > '1'", messageExpression: "'got ' + object.spec.replicas" },
    ];
    await put(POLICIES, policy('confused', { matchConstraints, validations }));
    const checked = async (name: string) => {
      for (let tries = 0; tries < 100; tries++) {
        const { status } = (await server.send('GET', `${POLICIES}/${name}`)).json<{
          status?: { typeChecking?: object };
        }>();
        if (status?.typeChecking) return status.typeChecking;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error(`${name} was never checked`);
    };
    expect(await checked('right')).toEqual({});
    expect(await checked('confused')).toEqual({
      expressionWarnings: [
        {
          fieldRef: 'spec.validations[0].expression',
          warning: expect.stringContaining("found no matching overload for '_>_' applied to '(int, string)'"),
        },
        {
          fieldRef: 'spec.validations[0].messageExpression',
          warning: expect.stringContaining("found no matching overload for '_+_' applied to '(string, int)'"),
        },
      ],
    });
  });
});
