import type { Command } from 'commander';
import { loadConfig } from '../config/config.js';
import { EXIT, type CommandContext } from './command-context.js';
import { openPrint } from './print.js';

export function addMigrate(program: Command, context: CommandContext): void {
  program
    .command('migrate')
    .description(
      'bring the database up to date, register the search attributes and schedule the sweep',
    )
    .action(async (_options: unknown, command: Command) => {
      const print = openPrint(command.optsWithGlobals<{ json?: boolean }>());
      const { migrate, openTemporal, registerSearchAttributes, ensureSweepSchedule } = await load();
      const config = loadConfig(context.env);
      await migrate(config.databaseUrl);
      print.line('The database is up to date.');
      await using client = await openTemporal(config);
      const added = await registerSearchAttributes(client);
      await ensureSweepSchedule(client);
      print.result({ migrated: true, searchAttributesAdded: added }, () =>
        added.length > 0
          ? `Search attributes registered: ${added.join(', ')}`
          : 'The search attributes are registered.',
      );
      context.setExit(EXIT.done);
    });
}

async function load() {
  const { migrate } = await import('../catalog/migrate.js');
  const { openTemporal } = await import('../open.js');
  const { registerSearchAttributes } = await import('../client/register-search-attributes.js');
  const { ensureSweepSchedule } = await import('../client/sweep.js');
  return { migrate, openTemporal, registerSearchAttributes, ensureSweepSchedule };
}
