import type { Command } from 'commander';
import { counted } from '../domain/counted.js';
import { EXIT, withDarkroom, type CommandContext } from './command-context.js';
import { withOwner } from './options.js';

export function addImport(program: Command, context: CommandContext): void {
  const command = program
    .command('import')
    .description('register every image of a source by its place, without copying or processing it')
    .argument(
      '<source>',
      'a folder, s3://bucket/prefix, or a .csv or .txt file of https: addresses',
    );
  withOwner(command, 'whose images they are').action(
    (source: string, { ownerId }: { ownerId?: string }, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const result = await darkroom.import(source, ownerId === undefined ? {} : { ownerId });
        print.result(result, () =>
          [
            `${counted(result.found, 'image')} found, ${result.added} of them new`,
            ...result.skipped.map(
              ({ file, reason = 'not an image' }) => `  skipped ${file}: ${reason}`,
            ),
            ...(result.found > 0 ? ['To process them: darkroom backfill start --watch'] : []),
          ].join('\n'),
        );
        return EXIT.done;
      }),
  );
}
