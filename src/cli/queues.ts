import type { Command } from 'commander';
import { EXIT, withDarkroom, type CommandContext } from './command-context.js';
import { table } from './print.js';

export function addQueues(program: Command, context: CommandContext): void {
  program
    .command('queues')
    .description('how much waits and runs in every task queue, and who serves it')
    .action((_options: unknown, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const queues = await darkroom.queues();
        const rows = queues.map((it) => [
          it.queue,
          it.takes,
          it.waiting,
          it.running,
          it.lastHour?.completed ?? '',
          it.lastHour?.failed ?? '',
          it.waiting === 0 ? '' : `${Math.round(it.oldestMs / 1000)} s`,
          it.limited ? (it.ratePerMinute === undefined ? 'none' : `${it.ratePerMinute}/min`) : '',
          it.pollers,
        ]);
        const head = [
          ...['QUEUE', 'TAKES', 'WAITING', 'RUNNING', 'DONE 1H', 'FAILED 1H'],
          ...['OLDEST', 'RATE', 'WORKERS'],
        ];
        print.result(queues, () => table([head, ...rows]));
        return EXIT.done;
      }),
    );
}
