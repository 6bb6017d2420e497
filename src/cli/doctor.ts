import type { Command } from 'commander';
import type { Check } from '../doctor/check.js';
import { EXIT, type CommandContext } from './command-context.js';
import { openPrint, table } from './print.js';

export function addDoctor(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description('look at everything that Darkroom needs, and say what to do about what is wrong')
    .action(async (_options: unknown, command: Command) => {
      const print = openPrint(command.optsWithGlobals<{ json?: boolean }>());
      // Loaded late: it brings the encoders along, which no other command needs.
      const { examine } = await import('../doctor/doctor.js');
      const checks = await examine(context.env);
      const healthy = checks.every(({ state }) => state === 'ok' || state === 'note');
      print.result({ healthy, checks }, () => inWords(checks, healthy));
      context.setExit(healthy ? EXIT.done : EXIT.failed);
    });
}

function inWords(checks: Check[], healthy: boolean): string {
  const rows = table(checks.map(({ name, state, says }) => [STATES[state], name, says]));
  const todo = checks.flatMap((it) => (it.todo === undefined ? [] : `- ${it.name}: ${it.todo}`));
  return [
    rows,
    ...(todo.length > 0 ? ['', 'What to do:', ...todo] : []),
    '',
    healthy
      ? 'Everything that Darkroom needs is there.'
      : 'Something that Darkroom needs is not there.',
  ].join('\n');
}

const STATES = { ok: 'ok', note: 'note', failed: 'FAILED', skipped: 'skipped' } as const;
