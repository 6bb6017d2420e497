import type { Command } from 'commander';
import { EXIT, withDarkroom, type CommandContext } from './command-context.js';

export function addImport(program: Command, context: CommandContext): void {
  program
    .command('import')
    .description('register every image under a folder, without copying or processing it')
    .argument('<dir>')
    .option('--owner-id <owner>', 'whose images they are')
    .action((folder: string, { ownerId }: { ownerId?: string }, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const result = await darkroom.import(folder, ownerId === undefined ? {} : { ownerId });
        print.result(result, () =>
          [
            `${result.found} images found, ${result.added} of them new`,
            ...result.skipped.map(({ file }) => `  skipped ${file}: not an image`),
            ...(result.found > 0 ? ['To process them: darkroom backfill start --watch'] : []),
          ].join('\n'),
        );
        return EXIT.done;
      }),
    );
}
