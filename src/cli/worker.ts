import type { Command } from 'commander';
import { loadWorkerConfig } from '../config/config.js';
import { EXIT, type CommandContext } from './command-context.js';
import { runProgram } from './run-program.js';

export function addWorker(program: Command, context: CommandContext): void {
  program
    .command('worker')
    .description('serve every queue until SIGTERM')
    .action(async () => {
      // Said here, because the worker's own exit code would not tell it from a crash.
      loadWorkerConfig(context.env);
      const code = await runProgram('worker.js', context.env);
      context.setExit(code === 0 ? EXIT.done : EXIT.failed);
    });
}
