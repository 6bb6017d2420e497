import { InvalidArgumentError, type Command } from 'commander';
import type { QueueLimit } from '../client.js';
import { EXIT, withDarkroom, type CommandContext } from './command-context.js';
import { table } from './print.js';

export function addLimits(program: Command, context: CommandContext): void {
  program
    .command('limits')
    .description('how often providers may be called; changes it while everything runs')
    .argument('[queue]', 'metadata, embedding or generation; without it all are shown')
    .option('--rate <n/min>', 'calls a minute, as in 60/min; "usual" for what is configured', rate)
    .action((queue: string | undefined, options: { rate?: number | 'usual' }, command: Command) =>
      withDarkroom(context, command, async ({ limits }, print) => {
        if (queue !== undefined && options.rate !== undefined) {
          const changed = await limits.set(queue, options.rate === 'usual' ? null : options.rate);
          print.result(changed, () => `${changed.queue}: ${inWords(changed.ratePerMinute)}`);
          return EXIT.done;
        }
        if (options.rate !== undefined) {
          command.error('error: --rate needs a queue: darkroom limits metadata --rate 60/min');
        }
        const all = await limits.list();
        const shown = queue === undefined ? all : all.filter((it) => isCalled(it, queue));
        if (shown.length === 0) {
          const names = all.map((it) => it.queue.replace('darkroom-', '')).join(', ');
          command.error(`error: no queue "${queue}" has a limit; there are ${names}`);
        }
        print.result(shown, () => limitTable(shown));
        return EXIT.done;
      }),
    );
}

/** `60/min`, or `60`. */
function rate(text: string): number | 'usual' {
  if (text === 'usual') return text;
  const [, number] = /^(\d+)(?:\s*\/\s*min(?:ute)?)?$/.exec(text) ?? [];
  if (number === undefined || Number(number) < 1) {
    throw new InvalidArgumentError('It is a number of calls a minute, as in 60/min, or "usual".');
  }
  return Number(number);
}

function isCalled({ queue }: QueueLimit, name: string): boolean {
  return queue === name || queue === `darkroom-${name}`;
}

function limitTable(limits: QueueLimit[]): string {
  const rows = limits.map(({ queue, ratePerMinute, usualRatePerMinute }) => [
    queue,
    inWords(ratePerMinute),
    ratePerMinute === usualRatePerMinute ? '' : `configured: ${inWords(usualRatePerMinute)}`,
  ]);
  return table([['QUEUE', 'RATE', ''], ...rows]);
}

function inWords(ratePerMinute: number | undefined): string {
  return ratePerMinute === undefined ? 'no limit' : `${ratePerMinute}/min`;
}
