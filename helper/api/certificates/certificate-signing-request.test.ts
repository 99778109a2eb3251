import { rulesOf } from '../kind-rules.fixture';
import { certificateSigningRequestKind } from './certificate-signing-request';

describe('CertificateSigningRequest', () => {
  const rules = rulesOf(certificateSigningRequestKind, 'certificate-signing-request');

  rules.refuses([
    [
      { 'spec/request': 'bm90aGluZw==' },
      'spec.request: Invalid value: "bm90aGluZw==": PEM block type must be CERTIFICATE REQUEST',
    ],
    [{ 'spec/usages': [] }, 'spec.usages: Required value'],
    [{ 'spec/usages': ['client auth', 'client auth'] }, 'spec.usages[1]: Duplicate value: "client auth"'],
    [
      { 'spec/usages': ['world domination'] },
      'spec.usages[0]: Unsupported value: "world domination": supported values: "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only", "digital signature", "email protection", "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime", "server auth", "signing", "timestamping"',
    ],
    [{ 'spec/signerName': '' }, 'spec.signerName: Required value'],
    [
      { 'spec/signerName': 'nobody' },
      'spec.signerName: Invalid value: "nobody": must be a fully qualified domain and path of the form \'example.com/signer-name\'',
    ],
    [
      { 'spec/signerName': 'example/x' },
      'spec.signerName: Invalid value: "example": should be a domain with at least two segments separated by dots',
    ],
    [
      { 'spec/signerName': 'example.com/a/b' },
      'spec.signerName: Invalid value: "example.com/a/b": must be a fully qualified domain and path of the form \'example.com/signer-name\'',
      "spec.signerName: Invalid value: \"a/b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
    [
      { 'spec/expirationSeconds': 599 },
      'spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)',
    ],
  ]);

  rules.accepts([
    { 'spec/expirationSeconds': 600 },
    { 'spec/signerName': 'example.com/my-signer.v1' },
    { 'spec/usages': ['digital signature', 'key encipherment', 'server auth'] },
  ]);

  rules.acceptsChanges([{ 'spec/signerName': 'example.com/other' }]);

  rules.refusesStatus([
    [
      { status: { conditions: [{ type: 'Approved', status: 'True' }] } },
      'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
    ],
    [
      { status: { conditions: [{ type: 'Failed', status: 'False' }] } },
      'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
    ],
    [
      { status: { conditions: [{ type: 'X', status: 'Perhaps' }] } },
      'status.conditions[0].status: Unsupported value: "Perhaps": supported values: "False", "True", "Unknown"',
    ],
    [
      { status: { certificate: 'bm90aGluZw==' } },
      'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
    ],
    [
      {
        status: {
          conditions: [
            { type: 'X', status: 'True' },
            { type: 'X', status: 'True' },
          ],
        },
      },
      'status.conditions[1].type: Duplicate value: "X"',
    ],
  ]);
});
