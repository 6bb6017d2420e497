import type { Command } from 'commander';
import { counted } from '../domain/counted.js';
import { EXIT, withDarkroom, type CommandContext } from './command-context.js';
import { bytes } from './print.js';

export function addSweep(program: Command, context: CommandContext): void {
  program
    .command('sweep')
    .description('start what was deferred or left alone, and count objects that no image needs')
    .option('--delete-orphans', 'delete those objects')
    .action((options: { deleteOrphans?: boolean }, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const report = await darkroom.sweep(options);
        const { deferredStarted, stuckStarted } = report;
        const { deliveriesStarted = 0, vectorsRemoved = 0, generationsStarted = 0 } = report;
        const { orphans = 0, orphanBytes = 0, orphansDeleted = 0 } = report;
        print.result(report, () =>
          [
            `${counted(deferredStarted, 'image')} with deferred steps started, ${stuckStarted} that nobody worked on`,
            ...(deliveriesStarted > 0
              ? [`${counted(deliveriesStarted, 'delivery', 'deliveries')} of events started`]
              : []),
            ...(generationsStarted > 0
              ? [`${counted(generationsStarted, 'generation')} started`]
              : []),
            ...(vectorsRemoved > 0
              ? [`${counted(vectorsRemoved, 'vector')} of replaced models removed`]
              : []),
            `${counted(orphans, 'object')} that no image needs (${bytes(orphanBytes)}), ${orphansDeleted} deleted`,
            ...(orphans > orphansDeleted
              ? ['To delete them: darkroom sweep --delete-orphans']
              : []),
          ].join('\n'),
        );
        return EXIT.done;
      }),
    );
}
