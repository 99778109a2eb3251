/**
 * Puts a row together that shows the objects of another row in other words: `autoscaling/v1` over `autoscaling/v2`.
 *
 * Rules stay where they are, with the row that is stored: defaults and validation translate, ask that row and translate back.
 * A face only says what differs.
 * https://kubernetes.io/docs/reference/using-api/#api-versioning
 */
import type { FieldError } from './field-error';
import type { Column, Face, Kind, Strategy } from './kind';
import type { KubeObject } from './meta';
import type { Resource } from './resource';

/** What a face says of itself; everything left out is as with the row it shows. */
export interface FaceDefinition<T extends KubeObject, S extends KubeObject>
  extends Partial<Pick<Kind<T>, 'fieldSelectors'>>,
    Pick<Strategy<T>, 'validateCreate'> {
  readonly resource: Resource<T>;
  readonly schema: string;
  /** the row whose objects are stored */
  readonly of: Kind<S>;
  /** Both may change the object they are given and must keep everything the other one can show. */
  toStored(object: T): S;
  fromStored(object: S): T;
  /** Instead of the stored row's rules, when field names differ. */
  validate?(object: T): FieldError[];
  validateUpdate?(object: T, old: T): FieldError[];
}

type Change<S> = ((object: S) => void) | undefined;

/** A row of the table of kinds from a definition. Mark the call pure, as every kind does. */
export function defineFace<T extends KubeObject, S extends KubeObject>(definition: FaceDefinition<T, S>): Kind<T> {
  const { resource, schema, of, fieldSelectors = {}, validate, validateUpdate, validateCreate } = definition;
  const stored = (object: T) => definition.toStored(structuredClone(object));
  const onStored = (change: Change<S>) =>
    change &&
    ((object: T) => {
      const other = stored(object);
      change(other);
      replace(object, definition.fromStored(other));
    });
  const rules = of.strategy;
  const strategy: Strategy<T> = {
    ...defined({
      prepareForCreate: onStored(rules.prepareForCreate),
      applyDefaults: onStored(rules.applyDefaults),
      validateCreate,
      deletionGraceSeconds:
        rules.deletionGraceSeconds &&
        ((object: T, requested: number | undefined) => rules.deletionGraceSeconds?.(stored(object), requested) ?? 0),
    }),
    validate: validate ?? ((object) => rules.validate(stored(object))),
    validateUpdate: validateUpdate ?? ((object, old) => rules.validateUpdate?.(stored(object), stored(old)) ?? []),
    validateStatusUpdate: (object, old) => rules.validateStatusUpdate?.(stored(object), stored(old)) ?? [],
    warnings: (object) => rules.warnings?.(stored(object)) ?? [],
    hasGeneration: rules.hasGeneration,
    ...defined({ createdByUpdate: rules.createdByUpdate, updateNeedsVersion: rules.updateNeedsVersion }),
  };
  return {
    ...resource,
    schema,
    strategy,
    columns: of.columns.map(
      (column): Column<T> => ({ ...column, value: (object, now) => column.value(stored(object), now) }),
    ),
    fieldSelectors,
    hasStatus: of.hasStatus,
    subresources: of.subresources,
    face: {
      of,
      fromStored: (objects) => objects.map((object) => definition.fromStored(object as S)),
      toStored: (objects) => objects.map((object) => definition.toStored(object as T)),
    } satisfies Face,
  };
}

/** Makes `object` say what `next` says, keeping its identity. */
function replace(object: KubeObject, next: KubeObject): void {
  for (const key of Object.keys(object)) delete (object as unknown as Record<string, unknown>)[key];
  Object.assign(object, next);
}

/** The entries that are there: an absent rule is left out, not set to undefined. */
function defined<V extends object>(entries: V): { [K in keyof V]?: Exclude<V[K], undefined> } {
  const present = Object.entries(entries).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as { [K in keyof V]?: Exclude<V[K], undefined> };
}
