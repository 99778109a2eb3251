/**
 * The structured log: one JSON object a line on stdout, which the supervisor appends to `$MINIK8S_HOME/log/<name>.log`.
 *
 * Lines carry time, level, component and message. Writing is synchronous, so that the last line before a crash is there.
 */
import pino from 'pino';
import type { Logger } from './component';
import type { Settings } from './settings';

/** A logger whose lines say which component wrote them. */
export function createLogger(name: string, settings: Pick<Settings, 'logLevel'>): Logger {
  return pino(
    {
      level: settings.logLevel,
      base: { component: name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ fd: 1, sync: true }),
  );
}

/** Says nothing: for tests and for callers that pass no logger. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
