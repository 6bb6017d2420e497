import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DarkroomError } from '../../src/domain/failures.js';
import { openLog, type LogSettings, type LogTarget } from '../../src/log/log.js';
import { temporalLog } from '../../src/log/temporal-log.js';
import { SmallDisk } from '../chaos/small-disk.js';

const LOG = new URL('../../dist/log/log.js', import.meta.url).href;

function openedLog(settings: Partial<LogSettings> = {}, isTTY = false) {
  const target: LogTarget = Object.assign(new PassThrough(), { isTTY });
  const log = openLog({ logLevel: 'info', logFormat: undefined, ...settings }, target);
  const text = () => String((target as PassThrough).read() ?? '');
  return {
    ...{ log, text },
    lines: () =>
      text()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

describe('the log', () => {
  it('is one JSON object a line, with the time and the level in words', () => {
    const { log, lines } = openedLog();
    log.info({ imageId: 'one' }, 'variant encoded');
    log.debug('too much');
    expect(lines()).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
        imageId: 'one',
        message: 'variant encoded',
      },
    ]);
  });

  it('is for people on a terminal, unless LOG_FORMAT says otherwise', () => {
    const people = openedLog({}, true);
    people.log.info({ imageId: 'one' }, 'variant encoded');
    expect(people.text()).toMatch(/INFO.*variant encoded.*imageId.*one/);
    const machine = openedLog({ logFormat: 'json' }, true);
    machine.log.info('variant encoded');
    expect(machine.lines()).toHaveLength(1);
    const asked = openedLog({ logFormat: 'pretty' });
    asked.log.info('variant encoded');
    expect(asked.text()).not.toContain('{"');
  });

  it.runIf(process.platform === 'linux').each(['json', 'pretty'] as const)(
    'loses its lines, and not the process, when the disk under it is full: %s',
    (logFormat) => {
      const program = `
        import { openLog } from '${LOG}';
        const log = openLog({ logLevel: 'info', logFormat: '${logFormat}' });
        log.info('one');
        setImmediate(() => log.info('two'));
        process.on('exit', () => console.error('the end'));`;
      const full = openSync('/dev/full', 'w');
      const args = ['--input-type=module', '--eval', program];
      const stdio = ['ignore' as const, full, 'pipe' as const];
      const { status, stderr } = spawnSync(process.execPath, args, { stdio, encoding: 'utf8' });
      closeSync(full);
      expect({ status, stderr }).toEqual({ status: 0, stderr: 'the end\n' });
    },
  );

  it.for(['json', 'pretty'] as const)(
    'goes on when there is room again: %s',
    async (logFormat, context) => {
      await using disk = await SmallDisk.open();
      if (disk === undefined) return context.skip('this system mounts nothing for us');
      await writeFile(join(disk.folder, 'ballast'), Buffer.alloc(16_000_000));
      const path = join(disk.folder, 'log');
      const file = openSync(path, 'a');
      const program = `
        import { openLog } from '${LOG}';
        const log = openLog({ logLevel: 'info', logFormat: '${logFormat}' });
        process.on('message', (words) => process.send(log.info(words) ?? 'said'));`;
      const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
        stdio: ['ignore', file, 'inherit', 'ipc'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      closeSync(file);
      const say = async (words: string) => {
        child.send(words);
        await once(child, 'message');
      };
      await say('before');
      expect(await disk.fill()).toBe(true);
      // What is left of the last page is filled by the first.
      for (let times = 0; times < 3; times++) await say('lost'.repeat(2_000));
      await disk.empty();
      await say('after');
      expect(await readFile(path, 'utf8')).toMatch(/before.*after/s);
    },
  );

  it('holds no secret, prompt or token, by name or by shape', () => {
    const { log, text } = openedLog();
    const token = `dk_${'a1B2'.repeat(10)}abc`;
    log.info({ secret: 'hush-1', taskToken: 'hush-2', job: { prompt: 'hush-3', token: 'hush-4' } });
    log.warn(`tried ${token} at postgres://me:hush-5@db:5432/x with Bearer hush-6-hush-6`);
    const written = text();
    expect(written).not.toContain('hush');
    expect(written).not.toContain(token);
    expect(written).toContain('postgres://me:***@db:5432/x');
  });

  it('holds none in the form for people either', () => {
    const { log, text } = openedLog({ logFormat: 'pretty' });
    log.info({ secret: 'hush-1' }, 'at postgres://me:hush-2@db:5432/x');
    expect(text()).not.toContain('hush');
  });

  it('tells an error by kind, and shows the stack only of a bug', () => {
    const { log, lines } = openedLog();
    const known = new DarkroomError('ImageCorrupt', 'it ends too soon');
    const failure = ApplicationFailure.create({ type: 'Unexpected', message: 'oh', cause: known });
    log.error({ error: known }, 'a');
    log.error({ error: failure }, 'b');
    log.error({ error: new TypeError('x is undefined') }, 'c');
    const [a, b, c] = lines().map(({ error }) => error);
    expect(a).toEqual({ name: 'DarkroomError', kind: 'ImageCorrupt', message: 'it ends too soon' });
    expect(b).toMatchObject({ kind: 'Unexpected', stack: expect.any(String), cause: a });
    expect(c).toMatchObject({ name: 'TypeError', stack: expect.stringContaining('TypeError') });
  });

  it('takes what Temporal says, with its time and the run by our name', () => {
    const { log, lines } = openedLog({ logLevel: 'warn' });
    const temporal = temporalLog(log);
    temporal.info('too much');
    temporal.warn('Activity failed', { workflowRunId: 'run', attempt: 2, taskToken: 'hush' });
    expect(lines()).toEqual([
      {
        level: 'warn',
        time: expect.any(String),
        message: 'Activity failed',
        runId: 'run',
        attempt: 2,
      },
    ]);
  });
});
