import { Writable } from 'node:stream';
import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import type { Config } from '../config/config.js';
import { scrubbed, SECRET_FIELDS } from './secrets.js';
import { plainError } from './plain-error.js';

export type LogSettings = Pick<Config, 'logLevel' | 'logFormat'>;

/** What is written to: standard output, or what a test looks into. */
export type LogTarget = NodeJS.WritableStream & { isTTY?: boolean };

/**
 * The log of a process, one line an event, written at once: what a process says last is what one
 * wants to know when it was killed. No line holds a secret, a prompt or a token.
 */
export function openLog(settings: LogSettings, target: LogTarget = process.stdout): Logger {
  const format = settings.logFormat ?? (target.isTTY ? 'pretty' : 'json');
  // A full disk under the log costs its lines and no more: unheard, it would end the process.
  target.on('error', () => undefined);
  return pino(
    {
      level: settings.logLevel,
      base: null,
      messageKey: 'message',
      // Lines that come from Temporal bring the time at which they were said.
      timestamp: false,
      mixin: () => ({ time: new Date().toISOString() }),
      formatters: { level: (level) => ({ level }) },
      serializers: { error: plainError, err: plainError },
      redact: { paths: SECRET_FIELDS, remove: true },
      hooks: { streamWrite: scrubbed },
    },
    format === 'pretty' ? forPeople(target) : target,
  );
}

function forPeople(target: LogTarget): NodeJS.WritableStream {
  return pretty({
    // Between the two, because what breaks a destination of pino-pretty's breaks the log for good.
    destination: new Writable({
      write: (line: Buffer, _encoding, done) => {
        target.write(line);
        done();
      },
    }),
    sync: true,
    messageKey: 'message',
    errorLikeObjectKeys: [],
    singleLine: true,
    colorize: target.isTTY === true,
    translateTime: 'SYS:HH:MM:ss.l',
    // In every line the same, or said by the message.
    ignore: 'namespace,sdkComponent,isLocal,activityId',
  });
}
