/**
 * metadata.managedFields, read and written: who owns which fields of an object.
 *
 * A manager is told apart by its name, by how it writes (Apply or Update), by the subresource it writes through and, for
 * Update, by the version it writes in. Nothing here changes an entry; every change makes a new one.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import type { ManagedFieldsEntry as PublishedEntry } from 'kubernetes-types/meta/v1';
import { isJsonObject, type JsonObject } from '../../../helper/patch/json-object';
import { FieldSet } from './field-set';
import { storedContains, storedIntersects } from './stored-fields';

type Operation = 'Apply' | 'Update';

/** One item of metadata.managedFields as it is stored. */
export type ManagedFieldsEntry = Omit<PublishedEntry, 'fieldsV1'> & { fieldsV1?: JsonObject };

/** What tells managers apart, and when it last changed something. */
export interface ManagerInfo {
  readonly manager: string;
  readonly operation: Operation;
  readonly apiVersion: string;
  /** '' for the object itself */
  readonly subresource: string;
  readonly time: string | undefined;
}

/** A manager and its fields. The set is made from the stored form when first asked for, and the stored form likewise. */
export class ManagedSet {
  private constructor(
    readonly info: ManagerInfo,
    private set: FieldSet | undefined,
    private stored: JsonObject | undefined,
  ) {}

  static of(info: ManagerInfo, fields: FieldSet): ManagedSet {
    return new ManagedSet(info, fields, undefined);
  }

  /** `stored` in canonical spelling. */
  static ofStored(info: ManagerInfo, stored: JsonObject): ManagedSet {
    return new ManagedSet(info, undefined, stored);
  }

  get fields(): FieldSet {
    this.set ??= FieldSet.fromFieldsV1(this.stored ?? {});
    return this.set;
  }

  isEmpty(): boolean {
    return this.set ? this.set.isEmpty() : Object.keys(this.stored ?? {}).length === 0;
  }

  /** The manager with other fields. */
  owning(fields: FieldSet): ManagedSet {
    return new ManagedSet(this.info, fields, undefined);
  }

  with(fields: FieldSet): ManagedSet {
    if (this.stored && storedContains(this.stored, fields)) return this;
    return this.owning(this.fields.union(fields));
  }

  without(fields: FieldSet): ManagedSet {
    if (this.stored && !storedIntersects(this.stored, fields)) return this;
    return this.owning(this.fields.difference(fields));
  }

  at(time: string): ManagedSet {
    return this.as({ ...this.info, time });
  }

  /** The same fields under another name. */
  as(info: ManagerInfo): ManagedSet {
    return new ManagedSet(info, this.set, this.stored);
  }

  /** The item of metadata.managedFields. */
  toEntry(): ManagedFieldsEntry {
    const { manager, operation, apiVersion, subresource, time } = this.info;
    this.stored ??= this.fields.toFieldsV1();
    const entry: ManagedFieldsEntry = {};
    if (manager) entry.manager = manager;
    entry.operation = operation;
    entry.apiVersion = apiVersion;
    if (time !== undefined) entry.time = time;
    entry.fieldsType = 'FieldsV1';
    entry.fieldsV1 = this.stored;
    if (subresource) entry.subresource = subresource;
    return entry;
  }
}

/** Managers by {@link managerId}. */
export type Managers = ReadonlyMap<string, ManagedSet>;

/** Who applies has one entry whatever version it applies in; who updates has one a version. */
export function managerId({ manager, operation, apiVersion, subresource }: Omit<ManagerInfo, 'time'>): string {
  return JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource]);
}

function infoOf(entry: ManagedFieldsEntry): ManagerInfo {
  const { manager = '', operation, apiVersion = '', subresource = '', time } = entry;
  return { manager, operation: operation as Operation, apiVersion, subresource, time };
}

/** Managers as this server stored them. */
export function storedManagers(entries: readonly ManagedFieldsEntry[]): Managers {
  return new Map(
    entries.map((entry) => {
      const info = infoOf(entry);
      return [managerId(info), ManagedSet.ofStored(info, entry.fieldsV1 ?? {})];
    }),
  );
}

/** Managers as a client sent them; undefined when they make no sense, which Kubernetes takes for none sent. */
export function parseManagers(entries: readonly ManagedFieldsEntry[]): Managers | undefined {
  const managers = new Map<string, ManagedSet>();
  for (const entry of entries) {
    const { operation, apiVersion, fieldsType, fieldsV1 = {} } = entry;
    if (operation !== 'Apply' && operation !== 'Update') return undefined;
    if (!apiVersion || fieldsType !== 'FieldsV1' || !isJsonObject(fieldsV1)) return undefined;
    const info = infoOf(entry);
    try {
      managers.set(managerId(info), ManagedSet.of(info, FieldSet.fromFieldsV1(fieldsV1)));
    } catch {
      return undefined;
    }
  }
  return managers;
}

const secondsOf = ({ time }: ManagerInfo) => (time === undefined ? 0 : Math.floor(Date.parse(time) / 1000));

const compareTexts = (left: string, right: string) => (left === right ? 0 : left < right ? -1 : 1);

/** Oldest first. */
export function compareAge(left: ManagedSet, right: ManagedSet): number {
  return secondsOf(left.info) - secondsOf(right.info) || compareTexts(managerId(left.info), managerId(right.info));
}

/** metadata.managedFields in Kubernetes' order: who applies first, then by time and name. Managers that own nothing are left out. */
export function encodeManagers(managers: Managers): ManagedFieldsEntry[] {
  return [...managers.values()]
    .filter((managed) => !managed.isEmpty())
    .sort(
      ({ info: a }, { info: b }) =>
        compareTexts(a.operation, b.operation) ||
        secondsOf(a) - secondsOf(b) ||
        compareTexts(a.manager, b.manager) ||
        compareTexts(a.apiVersion, b.apiVersion) ||
        compareTexts(a.subresource, b.subresource),
    )
    .map((managed) => managed.toEntry());
}
