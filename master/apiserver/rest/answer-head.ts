/**
 * The head of an answer: what every one has, added to what its handler says of it.
 */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** The head of an answer: what all have, and the name of the request in the audit trail. Adds to what it is given. */
export function headOf({ trace }: ServerResponse, head: OutgoingHttpHeaders): OutgoingHttpHeaders {
  head['Cache-Control'] = 'no-cache, private';
  if (trace) head['Audit-Id'] = trace.auditId;
  return head;
}
