/**
 * The configuration of Pod Security: what is read, what is refused, who is exempt.
 */
import { exemptionOf, exemptionWarning, NO_POD_SECURITY, parsePodSecurity } from './configuration';
import { formatPolicy, NO_POLICY, policyOf } from './policy';

const document = (rest: object) => ({
  apiVersion: 'pod-security.admission.config.k8s.io/v1',
  kind: 'PodSecurityConfiguration',
  ...rest,
});
const CONFIGURED = parsePodSecurity(
  document({
    defaults: { enforce: 'baseline', 'enforce-version': 'v1.30', warn: 'restricted' },
    exemptions: { usernames: ['ada'], namespaces: ['tools'], runtimeClasses: ['sandboxed'] },
  }),
);

test('policyOf() takes the defaults of the cluster where labels are silent', () => {
  const { defaults } = CONFIGURED;
  expect(formatPolicy(policyOf(undefined, defaults))).toBe('enforce=baseline:v1.30, warn=restricted:latest');
  expect(formatPolicy(policyOf({ app: 'x' }, defaults))).toBe('enforce=baseline:v1.30, warn=restricted:latest');
  const labels = {
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/warn': 'privileged',
  };
  expect(formatPolicy(policyOf(labels, defaults))).toBe('enforce=restricted:v1.30');
  expect(parsePodSecurity(document({})).defaults).toEqual(NO_POLICY);
});

test.each([
  [{ username: 'ada', namespace: 'default' }, 'user'],
  [{ username: 'bob', namespace: 'tools' }, 'namespace'],
  [{ username: 'bob', namespace: 'default', runtimeClass: 'sandboxed' }, 'runtimeClass'],
  [{ username: 'bob', namespace: 'default', runtimeClass: 'other' }, undefined],
  [{ username: 'bob', namespace: 'default' }, undefined],
])('exemptionOf(%j) is %p', (origin, reason) => {
  expect(exemptionOf(CONFIGURED, origin)).toBe(reason);
  expect(exemptionOf(NO_POD_SECURITY, origin)).toBeUndefined();
});

test('exemptionWarning() speaks of labels that ask for something of their own', () => {
  const asked = policyOf({ 'pod-security.kubernetes.io/enforce': 'restricted' }, NO_POLICY);
  expect(exemptionWarning(CONFIGURED, 'tools', asked)).toBe(
    'namespace "tools" is exempt from Pod Security, and the policy (enforce=restricted:latest) will be ignored',
  );
  expect(exemptionWarning(CONFIGURED, 'tools', CONFIGURED.defaults)).toBeUndefined();
  expect(exemptionWarning(CONFIGURED, 'tools', NO_POLICY)).toBeUndefined();
});

test.each([
  [
    { defaults: { enforce: 'strict' } },
    'defaults.enforce: Invalid value: "strict": must be one of privileged, baseline, restricted',
  ],
  [
    { defaults: { 'warn-version': '1.30' } },
    'defaults.warn-version: Invalid value: "1.30": must be "latest" or "v1.x"',
  ],
  [{ defaults: { enforced: 'baseline' } }, 'unknown field "defaults.enforced"'],
  [{ exemptions: { namespaces: ['A b'] } }, 'exemptions.namespaces[0]: Invalid value: "A b"'],
  [{ exemptions: { usernames: ['ada', 'ada'] } }, 'exemptions.usernames[1]: Duplicate value: "ada"'],
  [{ exemptions: { usernames: [''] } }, 'exemptions.usernames[0]: Invalid value: "": must not be empty'],
  [{ exemptions: { usernames: 'ada' } }, 'exemptions.usernames: must be a list of names'],
  [{ kind: 'Other' }, 'expected apiVersion pod-security.admission.config.k8s.io/v1 and kind PodSecurityConfiguration'],
])('parsePodSecurity() refuses %j', (rest, message) => {
  expect(() => parsePodSecurity(document(rest))).toThrow(message);
});
