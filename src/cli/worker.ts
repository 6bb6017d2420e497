import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { loadWorkerConfig } from '../config/config.js';
import { EXIT, type CommandContext } from './command-context.js';

/** Right from `src/cli` and from `dist/cli` alike; programs always run from the compiled output. */
const WORKER = fileURLToPath(new URL('../../dist/worker.js', import.meta.url));

export function addWorker(program: Command, context: CommandContext): void {
  program
    .command('worker')
    .description('serve every queue until SIGTERM')
    .action(async () => {
      // Said here, because the worker's own exit code would not tell it from a crash.
      loadWorkerConfig(context.env);
      const child = fork(WORKER, { env: context.env });
      const pass = (signal: NodeJS.Signals) => void child.kill(signal);
      process.on('SIGTERM', pass);
      // A terminal sends Ctrl-C to the worker as well; this process only must not die before it.
      process.on('SIGINT', () => undefined);
      const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
      context.setExit(code === 0 ? EXIT.done : EXIT.failed);
    });
}
