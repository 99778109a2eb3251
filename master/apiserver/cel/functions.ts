/**
 * Functions of CEL: a name with several overloads, each with its own types. Operators are functions too.
 *
 * The checker picks by the types it knows, the evaluator by the values it has. A library is a list of overloads.
 */
import { CelEvaluationError } from './syntax';
import { type CelType, DYN } from './types';
import { isMap, typeOfValue } from './values';

export interface Overload {
  readonly name: string;
  /** called on its first argument: `text.contains(part)` */
  readonly isMethod: boolean;
  readonly params: readonly CelType[];
  readonly result: CelType;
  readonly run: (...args: never[]) => unknown;
}

/** `name(params): result` */
export function global<Args extends unknown[]>(
  name: string,
  params: readonly CelType[],
  result: CelType,
  run: (...args: Args) => unknown,
): Overload {
  return { name, isMethod: false, params, result, run };
}

/** `target.name(params): result`; the type of the target is the first of `params` */
export function method<Args extends unknown[]>(
  name: string,
  params: readonly CelType[],
  result: CelType,
  run: (...args: Args) => unknown,
): Overload {
  return { name, isMethod: true, params, result, run };
}

export type FunctionTable = ReadonlyMap<string, readonly Overload[]>;

/** The overloads of all libraries by name. */
export function functionTable(libraries: readonly (readonly Overload[])[]): FunctionTable {
  const table = new Map<string, Overload[]>();
  for (const overload of libraries.flat()) {
    const known = table.get(overload.name);
    if (known) known.push(overload);
    else table.set(overload.name, [overload]);
  }
  return table;
}

function fits(type: CelType, value: unknown): boolean {
  if (type === DYN || type.isParameter) return true;
  if (type.name === 'list') return Array.isArray(value);
  if (type.name === 'map') return isMap(value);
  return typeOfValue(value).name === type.name;
}

/** Runs the overload these values fit. Throws CelEvaluationError when there is none. */
export function invoke(table: FunctionTable, name: string, isMethod: boolean, args: readonly unknown[]): unknown {
  for (const overload of table.get(name) ?? []) {
    if (overload.isMethod !== isMethod || overload.params.length !== args.length) continue;
    if (overload.params.every((type, index) => fits(type, args[index]))) return overload.run(...(args as never[]));
  }
  throw new CelEvaluationError('no such overload');
}
