/**
 * A small cluster for tests: one object, written by several managers through apply and update.
 */
import type { KubeObject } from '../../../helper/api/meta';
import { StatusError } from '../../../helper/api/status-error';
import { isJsonObject, type JsonObject } from '../../../helper/patch/json-object';
import { applyServerSide } from './apply-patch';
import { FieldSet } from './field-set';
import type { MapType } from './field-type';
import type { ManagedFieldsEntry } from './managers';
import { shownPath } from './path-element';
import { updateManagers, type WriteContext } from './update-managers';

export interface TestWrite extends Partial<WriteContext> {
  readonly force?: boolean;
}

/** What the server's checks make of nulls in fields: nothing. */
function withoutNulls(object: JsonObject): JsonObject {
  for (const [key, value] of Object.entries(object)) {
    if (value === null) delete object[key];
    else if (isJsonObject(value)) withoutNulls(value);
    else if (Array.isArray(value)) value.filter(isJsonObject).forEach(withoutNulls);
  }
  return object;
}

export class TestObject {
  live: KubeObject | undefined;
  /** Seconds since 1970; every write takes one. */
  seconds = 0;

  constructor(
    readonly type: MapType,
    readonly apiVersion: string,
    readonly kind: string,
  ) {}

  private context(manager: string, more: TestWrite): WriteContext {
    this.seconds++;
    const now = new Date(this.seconds * 1000);
    return { type: this.type, manager, apiVersion: this.apiVersion, subresource: '', now, ...more };
  }

  private store(object: JsonObject, managedFields: ManagedFieldsEntry[] | undefined): void {
    const metadata = { name: 'it', ...(object.metadata as object), ...(managedFields ? { managedFields } : {}) };
    this.live = withoutNulls(structuredClone({ ...object, metadata })) as unknown as KubeObject;
  }

  /** Applies a configuration; apiVersion and kind are added. */
  apply(manager: string, configuration: JsonObject, more: TestWrite = {}): void {
    const patch = { apiVersion: this.apiVersion, kind: this.kind, ...configuration };
    const context = this.context(manager, more);
    const { kind, live } = this;
    const { object, managedFields } = applyServerSide({ ...context, kind, live, patch, force: more.force ?? false });
    this.store(object, managedFields);
  }

  /** The error of an apply that must fail; the object stays as it was. */
  refused(manager: string, configuration: JsonObject, more: TestWrite = {}): StatusError {
    try {
      this.apply(manager, configuration, more);
    } catch (error) {
      if (error instanceof StatusError) return error;
      throw error;
    }
    throw new Error('the apply went through');
  }

  /** Replaces the object by what `change` makes of it. */
  update(manager: string, change: (object: JsonObject) => JsonObject, more: TestWrite = {}): void {
    const { apiVersion, kind, live } = this;
    const next = { apiVersion, kind, metadata: {}, ...change(structuredClone((live ?? {}) as unknown as JsonObject)) };
    const managedFields = updateManagers({
      ...this.context(manager, more),
      live,
      next: next as unknown as KubeObject,
    });
    const { managedFields: _, ...metadata } = next.metadata as KubeObject['metadata'];
    this.store({ ...next, metadata }, managedFields);
  }

  /** Who owns what: `manager operation[/subresource]` -> paths. */
  owners(): Record<string, string[]> {
    const entries = (this.live?.metadata.managedFields ?? []) as ManagedFieldsEntry[];
    return Object.fromEntries(
      entries.map(({ manager, operation, subresource, fieldsV1 }) => [
        `${manager} ${operation}${subresource ? `/${subresource}` : ''}`,
        FieldSet.fromFieldsV1(fieldsV1).paths().map(shownPath),
      ]),
    );
  }

  /** The object without apiVersion, kind and metadata's managedFields and name. */
  content(): JsonObject {
    const { apiVersion: _, kind: __, metadata, ...rest } = (this.live ?? {}) as unknown as JsonObject;
    const { managedFields: ___, name: ____, ...meta } = (metadata ?? {}) as JsonObject;
    return Object.keys(meta).length > 0 ? { metadata: meta, ...rest } : rest;
  }
}
