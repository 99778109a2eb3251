import {
  configKey,
  dns1035Label,
  dnsLabel,
  dnsSubdomain,
  envVarName,
  labelValue,
  type NameRule,
  pathSegment,
  percentText,
  portName,
  portNumber,
  qualifiedNameRule,
} from './names';

const long = 'a'.repeat(254);

describe('naming rules', () => {
  test.each<[string, NameRule, string, string | undefined]>([
    ['dnsLabel', dnsLabel, 'my-name', undefined],
    [
      'dnsLabel',
      dnsLabel,
      'My_Name',
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
    ['dnsLabel', dnsLabel, 'a.b', 'must not contain dots'],
    ['dnsLabel', dnsLabel, 'a'.repeat(64), 'must be no more than 63 characters'],
    [
      'dnsLabel',
      dnsLabel,
      'name\n',
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ],
    ['dnsSubdomain', dnsSubdomain, 'a.b-c.d', undefined],
    [
      'dnsSubdomain',
      dnsSubdomain,
      'a..b',
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    ['dnsSubdomain', dnsSubdomain, long, 'must be no more than 253 characters'],
    [
      'dns1035Label',
      dns1035Label,
      '1web',
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    ],
    ['labelValue', labelValue, '', undefined],
    [
      'labelValue',
      labelValue,
      '-a',
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ],
    ['qualifiedNameRule', qualifiedNameRule, 'example.com/Name', undefined],
    ['qualifiedNameRule', qualifiedNameRule, '/name', 'prefix part must be non-empty'],
    ['portName', portName, 'http-1', undefined],
    ['portName', portName, '80', 'must contain at least one letter (a-z)'],
    ['portName', portName, 'a--b', 'must not contain consecutive hyphens'],
    ['configKey', configKey, '..', "must not be '..'"],
    ['configKey', configKey, '..a', "must not start with '..'"],
    ['envVarName', envVarName, 'a.b-C 1', undefined],
    [
      'envVarName',
      envVarName,
      'a=b',
      "a valid environment variable name must consist only of printable ASCII characters other than '='",
    ],
    ['pathSegment', pathSegment, 'system:node', undefined],
    ['pathSegment', pathSegment, 'a/b', "may not contain '/'"],
    [
      'percentText',
      percentText,
      '1.5%',
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    ],
  ])('%s(%p) says %p', (_name, rule, text, reason) => {
    expect(rule(text)).toEqual(reason === undefined ? [] : [reason]);
  });

  test('qualifiedNameRule() says two things about a name that is empty', () => {
    expect(qualifiedNameRule('example.com/')).toEqual([
      'name part must be non-empty',
      expect.stringContaining('name part must consist of'),
    ]);
  });

  test.each([
    [1, true],
    [65535, true],
    [0, false],
    [65536, false],
    [1.5, false],
    [Number.NaN, false],
  ])('portNumber(%p) is a port: %p', (port, expected) => {
    expect(portNumber(port).length === 0).toBe(expected);
  });
});
