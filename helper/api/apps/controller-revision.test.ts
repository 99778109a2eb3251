import { rulesOf } from '../kind-rules.fixture';
import { controllerRevisionKind } from './controller-revision';

describe('ControllerRevision', () => {
  const rules = rulesOf(controllerRevisionKind, 'controller-revision');

  rules.refuses([
    [{ revision: -1 }, 'revision: Invalid value: -1: must be greater than or equal to 0'],
    [{ data: undefined }, 'data: Required value: data is mandatory'],
    [
      { 'metadata/name': 'A' },
      "metadata.name: Invalid value: \"A\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
  ]);

  rules.accepts([{ revision: 0 }]);

  rules.refusesChanges([
    [{ data: { other: 1 } }, 'data: Invalid value: {"other":1}: field is immutable'],
    [{ revision: -1 }, 'revision: Invalid value: -1: must be greater than or equal to 0'],
  ]);

  rules.acceptsChanges([{ revision: 5 }, { 'metadata/labels': { a: 'b' } }]);
});
