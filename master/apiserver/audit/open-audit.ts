/**
 * Where the audit trail goes, as the settings say: always into a file, and to a webhook when one is named.
 * https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-backends
 */
import { join } from 'node:path';
import { loadKubeconfig } from '../../../helper/client/kubeconfig';
import type { Logger } from '../../../helper/process/component';
import type { Settings } from '../../../helper/process/settings';
import type { AuditSink } from './audit-event';
import { AuditLog, DEFAULT_LIMITS } from './audit-log';

/** Throws when the webhook's kubeconfig cannot be read: a server without the trail it was told to keep must not start. */
export function openAudit(settings: Settings, log: Logger): AuditSink {
  const file = new AuditLog(join(settings.home, 'log', 'audit.log'), log, {
    ...DEFAULT_LIMITS,
    rotateBytes: settings.auditLogMaxSize * 1024 * 1024,
    keptFiles: settings.auditLogMaxBackup,
  });
  if (!settings.auditWebhookConfigFile) return file;
  const { AuditWebhook, toBoth, WEBHOOK_LIMITS } = require('./audit-webhook') as typeof import('./audit-webhook');
  const webhook = new AuditWebhook(loadKubeconfig(settings.auditWebhookConfigFile), log, {
    ...WEBHOOK_LIMITS,
    maxSize: settings.auditWebhookBatchMaxSize,
    maxWaitMs: settings.auditWebhookBatchMaxWait * 1000,
    initialBackOffMs: settings.auditWebhookInitialBackoff * 1000,
  });
  return toBoth(file, webhook);
}
