/**
 * Reads the fields of a dialect document one by one, checks their types, and finds the ones nobody asked for.
 *
 * A converter asks for every field it knows; what is left over at the end is unknown and an error, never ignored.
 */
import { ManifestError } from './manifest-error';
import { type ManifestDocument, type Path, showPath } from './read-documents';

export class FieldReader {
  private readonly known = new Set<string>();

  private constructor(
    private readonly document: ManifestDocument,
    private readonly fields: Readonly<Record<string, unknown>>,
    readonly path: Path,
  ) {}

  static of(document: ManifestDocument): FieldReader {
    return new FieldReader(document, document.value, []);
  }

  /** The mistake at one of this object's fields, to throw. */
  wrong(field: string, problem: string): ManifestError {
    const path = field === '' ? this.path : [...this.path, field];
    return new ManifestError(this.document.file, this.document.lineOf(path), showPath(path), problem);
  }

  has(field: string): boolean {
    this.known.add(field);
    const value = this.fields[field];
    return value !== undefined && value !== null && value !== '';
  }

  /** The value as it stands; undefined when absent or empty. */
  raw(field: string): unknown {
    return this.has(field) ? this.fields[field] : undefined;
  }

  /** Numbers and booleans count as text: users leave out quotes. */
  text(field: string): string | undefined {
    const value = this.raw(field);
    if (value === undefined) return undefined;
    if (typeof value === 'object') throw this.wrong(field, `found ${kindOf(value)}, expected text`);
    return String(value);
  }

  requiredText(field: string): string {
    const value = this.text(field);
    if (value === undefined) throw this.wrong(field, 'is missing, expected text');
    return value;
  }

  integer(field: string, minimum: number, maximum: number): number | undefined {
    const value = this.raw(field);
    if (value === undefined) return undefined;
    const number = typeof value === 'string' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < minimum || number > maximum) {
      throw this.wrong(
        field,
        `${JSON.stringify(value)} is wrong, expected a whole number from ${minimum} to ${maximum}`,
      );
    }
    return number;
  }

  oneOf<T extends string>(field: string, allowed: readonly T[]): T | undefined {
    const value = this.text(field);
    if (value === undefined) return undefined;
    const found = allowed.find((candidate) => candidate.toLowerCase() === value.toLowerCase());
    if (!found) throw this.wrong(field, `${JSON.stringify(value)} is unknown, expected ${allowed.join(' or ')}`);
    return found;
  }

  textMap(field: string): Record<string, string> | undefined {
    const value = this.raw(field);
    if (value === undefined) return undefined;
    const nested = this.nested(field);
    if (!nested) throw this.wrong(field, `found ${kindOf(value)}, expected names and values`);
    return Object.fromEntries(Object.keys(nested.fields).map((key) => [key, nested.text(key) ?? '']));
  }

  /** A list of texts; one text alone is a list of one. */
  textList(field: string): string[] | undefined {
    const value = this.raw(field);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) return [this.requiredText(field)];
    return value.map((item, index) => {
      if (item === null || typeof item === 'object')
        throw this.wrong(`${field}[${index}]`, `found ${kindOf(item)}, expected text`);
      return String(item);
    });
  }

  /** A reader for a nested object; undefined when absent. */
  nested(field: string): FieldReader | undefined {
    const value = this.raw(field);
    if (value === undefined) return undefined;
    if (typeof value !== 'object' || Array.isArray(value))
      throw this.wrong(field, `found ${kindOf(value)}, expected fields`);
    return new FieldReader(this.document, value as Record<string, unknown>, [...this.path, field]);
  }

  /** Readers for a list of objects; empty when absent. */
  nestedList(field: string): FieldReader[] {
    const value = this.raw(field);
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw this.wrong(field, `found ${kindOf(value)}, expected a list`);
    return value.map((item: unknown, index) => {
      const path = [...this.path, field, index];
      if (item === null || typeof item !== 'object' || Array.isArray(item)) {
        throw new ManifestError(
          this.document.file,
          this.document.lineOf(path),
          showPath(path),
          `found ${kindOf(item)}, expected fields`,
        );
      }
      return new FieldReader(this.document, item as Record<string, unknown>, path);
    });
  }

  /** Call last: throws for the first field that nobody asked for. */
  refuseUnknown(): void {
    const unknown = Object.keys(this.fields).find((field) => !this.known.has(field));
    if (unknown !== undefined)
      throw this.wrong(unknown, `unknown field, expected one of: ${[...this.known].join(', ')}`);
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'fields' : `${typeof value} ${JSON.stringify(value)}`;
}
