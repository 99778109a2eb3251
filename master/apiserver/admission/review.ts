/**
 * What an admission plugin is asked, and the form plugins have.
 */
import type { KubeObject } from '../../../helper/api/meta';
import type { ApiRequest } from '../api-request';

export interface AdmissionReview {
  readonly operation: 'create' | 'update' | 'delete';
  /** what is about to be stored; of a deletion the present object, read only */
  readonly object: KubeObject;
  /** the present object of an update, read only */
  readonly old?: KubeObject;
  readonly dryRun: boolean;
}

/** Changes the object or throws the StatusError that refuses it. */
export type AdmissionPlugin = (request: ApiRequest, review: AdmissionReview) => void | Promise<void>;
