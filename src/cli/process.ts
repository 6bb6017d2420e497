import type { Command } from 'commander';
import type { ProcessRequest } from '../domain/process-request.js';
import { EXIT, withDarkroom, type CommandContext } from './command-context.js';
import { stepList } from './options.js';

export function addProcess(program: Command, context: CommandContext): void {
  program
    .command('process')
    .description('process one image, ahead of any backfill')
    .argument('<image-id>')
    .option('--steps <steps>', 'variants, metadata, embedding (all by default)', stepList)
    .option('--force', 'do the steps again although they are done')
    .option('--wait', 'stay until the image is ready')
    .action((imageId: string, options: ProcessRequest & { wait?: boolean }, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        await darkroom.process(imageId, options);
        const state = options.wait ? 'processed' : 'started';
        print.result({ imageId, state }, () => `${imageId} ${state}`);
        return EXIT.done;
      }),
    );
}
