/**
 * Accept headers and the form that is answered.
 */
import { StatusError } from '../../../helper/api/status-error';
import { negotiate } from './negotiate';

const META = 'g=meta.k8s.io';
const short = (accept: string | undefined) => {
  const { as, apiVersion, yaml } = negotiate(accept);
  return `${as} ${apiVersion.slice('meta.k8s.io/'.length)}${yaml ? ' yaml' : ''}`;
};

test.each([
  [undefined, 'object v1'],
  ['', 'object v1'],
  ['*/*', 'object v1'],
  ['application/*', 'object v1'],
  ['application/json', 'object v1'],
  ['application/yaml', 'object v1 yaml'],
  ['application/vnd.kubernetes.protobuf, */*', 'object v1'],
  ['application/vnd.kubernetes.protobuf,application/json', 'object v1'],
  ['text/html, application/xhtml+xml;q=0.9, */*;q=0.8', 'object v1'],
  ['application/json;q=0.5,application/yaml', 'object v1 yaml'],
  ['application/yaml;q=0,application/json', 'object v1'],
  [`application/json;as=Table;v=v1;${META},application/json;as=Table;v=v1beta1;${META},application/json`, 'table v1'],
  [`application/json;as=Table;v=v1beta1;${META}`, 'table v1beta1'],
  [`application/json;as=Table;v=v2;${META},application/json`, 'object v1'],
  ['application/json;as=Nonsense;v=v1;g=meta.k8s.io,application/json', 'object v1'],
  [`application/vnd.kubernetes.protobuf;as=Table;v=v1;${META},application/json;as=Table;v=v1;${META}`, 'table v1'],
  [`application/json;as=PartialObjectMetadata;v=v1;${META}`, 'metadata v1'],
  [`application/json;as=PartialObjectMetadataList;v=v1;${META}`, 'metadataList v1'],
])('negotiate(%p) is %s', (accept, expected) => {
  expect(short(accept)).toBe(expected);
});

test.each([
  'text/plain',
  'application/vnd.kubernetes.protobuf',
  'application/json;as=Table;v=v3;g=meta.k8s.io',
  'application/json;q=0',
  ',,;=',
])('negotiate(%p) is refused with 406', (accept) => {
  expect(() => negotiate(accept)).toThrow(StatusError);
  expect(() => negotiate(accept)).toThrow(/only the following media types are accepted/);
});
