import { rulesOf } from '../kind-rules.fixture';
import { ingressKind } from './ingress';

describe('Ingress', () => {
  const rules = rulesOf(ingressKind, 'ingress');

  rules.refuses([
    [{ 'spec/rules': undefined }, 'spec: Invalid value: []: either `defaultBackend` or `rules` must be specified'],
    [
      { 'spec/rules/0/host': 'UPPER.example.com' },
      "spec.rules[0].host: Invalid value: \"UPPER.example.com\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    [
      { 'spec/rules/0/host': '10.0.0.1' },
      'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
    ],
    [
      { 'spec/rules/0/host': '*.*.example.com' },
      "spec.rules[0].host: Invalid value: \"*.*.example.com\": a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    [{ 'spec/rules/0/http/paths': [] }, 'spec.rules[0].http.paths: Required value'],
    [
      { 'spec/rules/0/http/paths/0/pathType': undefined },
      'spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified',
    ],
    [
      { 'spec/rules/0/http/paths/0/pathType': 'Regex' },
      'spec.rules[0].http.paths[0].pathType: Unsupported value: "Regex": supported values: "Exact", "ImplementationSpecific", "Prefix"',
    ],
    [
      { 'spec/rules/0/http/paths/0/path': 'no-slash' },
      'spec.rules[0].http.paths[0].path: Invalid value: "no-slash": must be an absolute path',
    ],
    [
      { 'spec/rules/0/http/paths/0/path': '/a//b' },
      'spec.rules[0].http.paths[0].path: Invalid value: "/a//b": must not contain \'//\'',
    ],
    [
      { 'spec/rules/0/http/paths/0/path': '/a/../b' },
      'spec.rules[0].http.paths[0].path: Invalid value: "/a/../b": must not contain \'/../\'',
    ],
    [
      { 'spec/rules/0/http/paths/0/backend': {} },
      'spec.rules[0].http.paths[0].backend: Invalid value: "": resource or service backend is required',
    ],
    [
      { 'spec/rules/0/http/paths/0/backend': { service: { name: 'web' } } },
      'spec.rules[0].http.paths[0].backend: Required value: port name or number is required',
    ],
    [
      { 'spec/rules/0/http/paths/0/backend': { service: { name: 'web', port: { number: 80, name: 'http' } } } },
      'spec.rules[0].http.paths[0].backend: Invalid value: "": cannot set both port name & port number',
    ],
    [
      { 'spec/rules/0/http/paths/0/backend': { service: { name: 'web', port: { number: 70000 } } } },
      'spec.rules[0].http.paths[0].backend.service.port.number: Invalid value: 70000: must be between 1 and 65535, inclusive',
    ],
    [
      { 'spec/tls': [{ hosts: ['Bad_Host'] }] },
      "spec.tls[0].hosts[0]: Invalid value: \"Bad_Host\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    [
      { 'spec/ingressClassName': 'Bad_Name' },
      "spec.ingressClassName: Invalid value: \"Bad_Name\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    [
      {
        'spec/rules/0/http/paths/0/backend': {
          resource: { kind: 'X', name: 'y' },
          service: { name: 's', port: { number: 1 } },
        },
      },
      'spec.rules[0].http.paths[0].backend: Invalid value: "": cannot set both resource and service backends',
    ],
  ]);

  rules.accepts([
    { 'spec/rules': undefined, 'spec/defaultBackend': { service: { name: 'web', port: { name: 'http' } } } },
    { 'spec/rules/0/host': '*.example.com' },
    { 'spec/rules/0/http/paths/0/pathType': 'ImplementationSpecific', 'spec/rules/0/http/paths/0/path': '' },
    { 'spec/rules/0/http/paths/0/backend': { resource: { apiGroup: 'example.com', kind: 'X', name: 'y' } } },
    { 'spec/tls': [{ hosts: ['*.example.com'], secretName: 'cert' }] },
  ]);

  rules.refusesStatus([
    [
      { status: { loadBalancer: { ingress: [{ ip: 'nowhere' }] } } },
      'status.loadBalancer.ingress[0].ip: Invalid value: "nowhere": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    [
      { status: { loadBalancer: { ingress: [{ hostname: '10.0.0.1' }] } } },
      'status.loadBalancer.ingress[0].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
    ],
  ]);
});
