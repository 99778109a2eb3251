/**
 * A `get` that is whole: what to look at and how to show it.
 */
import type { OutputFormat } from '../print/print-objects';
import type { TableView } from '../print/server-table';
import type { Target } from '../resources/find-objects';

export interface GetRequest {
  readonly target: Target;
  readonly format: OutputFormat | undefined;
  readonly view: Omit<TableView, 'withNamespace'>;
  readonly showHeaders: boolean;
  readonly showManagedFields: boolean;
  readonly sortBy: string | undefined;
  /** `pod/` before each name, also for one type */
  readonly showKind: boolean;
  /** the server's tables; otherwise name and age, made here */
  readonly serverPrint: boolean;
  readonly watch: 'no' | 'after-list' | 'only';
  readonly ignoreNotFound: boolean;
  /** objects per request; 0: all at once */
  readonly pageSize: number;
  /** a path to print instead */
  readonly raw?: string;
}
