import type { Command } from 'commander';
import { readRunningStack } from '../dev/stack-file.js';
import { DarkroomError } from '../domain/failures.js';
import { EXIT, type CommandContext } from './command-context.js';
import { openPrint } from './print.js';

export function addEnv(program: Command, context: CommandContext): void {
  program
    .command('env')
    .description('variables of the running demo or dev stack, for other programs')
    .action(async (_options: unknown, command: Command) => {
      const print = openPrint(command.optsWithGlobals<{ json?: boolean }>());
      const env = await readRunningStack(context.dataDir);
      if (env === undefined) {
        throw new DarkroomError('InvalidInput', `No stack runs on ${context.dataDir}.`);
      }
      print.result(env, () =>
        Object.entries(env)
          .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`)
          .join('\n'),
      );
      context.setExit(EXIT.done);
    });
}
