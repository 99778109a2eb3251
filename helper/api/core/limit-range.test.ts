import { rulesOf } from '../kind-rules.fixture';
import { limitRangeKind } from './limit-range';

describe('LimitRange', () => {
  const rules = rulesOf(limitRangeKind, 'limit-range');

  rules.fillsIn([
    [
      { 'spec/limits': [{ type: 'Container', max: { cpu: '1' }, min: { memory: '1Mi' } }] },
      { 'spec/limits/0/default': { cpu: '1' }, 'spec/limits/0/defaultRequest': { cpu: '1', memory: '1Mi' } },
    ],
    [{ 'spec/limits': [{ type: 'Pod', max: { cpu: '1' } }] }, { 'spec/limits/0/default': undefined }],
  ]);

  rules.refuses([
    [
      { 'spec/limits/0/type': undefined },
      'spec.limits[0].type: Invalid value: "": name part must be non-empty',
      "spec.limits[0].type: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
    [
      { 'spec/limits/0/type': 'Gizmo' },
      'spec.limits[0].type: Invalid value: "Gizmo": must be a standard limit type or fully qualified',
    ],
    [
      { 'spec/limits': [{ type: 'Container' }, { type: 'Container' }] },
      'spec.limits[1].type: Duplicate value: "Container"',
    ],
    [
      { 'spec/limits': [{ type: 'Pod', default: { cpu: '1' } }] },
      "spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'",
    ],
    [
      { 'spec/limits': [{ type: 'Pod', defaultRequest: { cpu: '1' } }] },
      "spec.limits[0].defaultRequest: Forbidden: may not be specified when `type` is 'Pod'",
    ],
    [
      { 'spec/limits': [{ type: 'Container', min: { cpu: '2' }, max: { cpu: '1' } }] },
      'spec.limits[0].min[cpu]: Invalid value: "2": min value 2 is greater than max value 1',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1',
      'spec.limits[0].default[cpu]: Invalid value: "2": min value 2 is greater than default value 1',
    ],
    [
      { 'spec/limits': [{ type: 'Container', defaultRequest: { cpu: '2' }, max: { cpu: '1' } }] },
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than max value 1',
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than default limit value 1',
    ],
    [
      { 'spec/limits': [{ type: 'Container', defaultRequest: { cpu: '2' }, default: { cpu: '1' } }] },
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than default limit value 1',
    ],
    [
      { 'spec/limits': [{ type: 'Container', min: { cpu: '2' }, default: { cpu: '1' } }] },
      'spec.limits[0].defaultRequest[cpu]: Invalid value: "1": min value 2 is greater than default request value 1',
      'spec.limits[0].default[cpu]: Invalid value: "2": min value 2 is greater than default value 1',
    ],
    [
      { 'spec/limits': [{ type: 'PersistentVolumeClaim', default: { storage: '1' } }] },
      'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
    ],
    [
      { 'spec/limits': [{ type: 'PersistentVolumeClaim' }] },
      'spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided',
    ],
    [
      { 'spec/limits': [{ type: 'Container', maxLimitRequestRatio: { cpu: '0.5' } }] },
      'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1',
    ],
    [
      { 'spec/limits': [{ type: 'Container', max: { 'bad name': '1' } }] },
      "spec.limits[0].max[bad name]: Invalid value: \"bad name\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      "spec.limits[0].default[bad name]: Invalid value: \"bad name\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      "spec.limits[0].defaultRequest[bad name]: Invalid value: \"bad name\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    ],
  ]);

  rules.accepts([
    { 'spec/limits': [] },
    { 'spec/limits': [{ type: 'Pod', max: { cpu: '1' } }] },
    { 'spec/limits': [{ type: 'PersistentVolumeClaim', max: { storage: '1Gi' } }] },
    { 'spec/limits': [{ type: 'Container', maxLimitRequestRatio: { cpu: '2' } }] },
    { 'spec/limits': [{ type: 'example.com/Thing', max: { 'example.com/x': '1' } }] },
  ]);
});
