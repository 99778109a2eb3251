import fc from 'fast-check';
import type { JsonObject } from '../../../helper/patch/json-object';
import { compareObjects } from './compare-objects';
import { createdFields } from './created-fields';
import { FieldSet } from './field-set';
import { typeOfKind } from './field-type';

const POD = typeOfKind('io.k8s.api.core.v1.Pod');
const NOTHING = new FieldSet();

/** Without the memory of shapes. */
function computed(object: JsonObject): JsonObject {
  const { added, modified } = compareObjects(POD, {}, object);
  return added.union(modified).toFieldsV1();
}

const leaf = fc.constantFrom<unknown>(null, undefined, 'a', 'b', 'a1:b', 1, true, {}, [], ['x'], { a: 'x' });
const pods = fc.record(
  {
    metadata: fc.record(
      {
        labels: fc.oneof(leaf, fc.dictionary(fc.constantFrom('a', 'b', 'a:1', '1:a.'), leaf)),
        finalizers: fc.array(fc.constantFrom('a', 'b', 'a,b')),
      },
      { requiredKeys: [] },
    ),
    spec: fc.oneof(
      leaf,
      fc.record(
        {
          containers: fc.oneof(
            leaf,
            fc.array(
              fc.record(
                {
                  name: fc.constantFrom('a', 'b', 1),
                  ports: fc.oneof(leaf, fc.array(fc.record({ containerPort: fc.constantFrom(1, '1') }))),
                  args: leaf,
                },
                { requiredKeys: [] },
              ),
            ),
          ),
          nodeSelector: leaf,
          securityContext: leaf,
        },
        { requiredKeys: [] },
      ),
    ),
    unknown: leaf,
  },
  { requiredKeys: [] },
);

test('createdFields() gives for any object what a comparison with nothing gives, however often it was asked', () => {
  fc.assert(
    fc.property(fc.array(pods, { maxLength: 20 }), (objects) => {
      for (const object of objects) expect(createdFields(POD, object, NOTHING)).toEqual(computed(object));
    }),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 200) },
  );
});

test('createdFields() answers with the same fields for objects that differ in values only', () => {
  const pod = (image: string) => ({ spec: { containers: [{ name: 'c', image }] } });
  expect(createdFields(POD, pod('a'), NOTHING)).toBe(createdFields(POD, pod('b'), NOTHING));
});
