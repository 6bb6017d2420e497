import type { Command } from 'commander';
import { migrate } from '../catalog/migrate.js';
import { registerSearchAttributes } from '../client/register-search-attributes.js';
import { ensureSweepSchedule } from '../client/sweep.js';
import { loadConfig } from '../config/config.js';
import { openTemporal } from '../open.js';
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
