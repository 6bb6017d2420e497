import type { Command } from 'commander';
import { EXIT, withDarkroom, type CommandContext } from './command-context.js';

export function addDelete(program: Command, context: CommandContext): void {
  program
    .command('delete')
    .description('remove an image: its work, variants, description and embedding')
    .argument('<image-id>')
    .option('--original', 'the uploaded original too; files and addresses of an import stay')
    .action((imageId: string, options: { original?: boolean }, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const { originalRemoved } = await darkroom.delete(imageId, options);
        const result = { imageId, deleted: true, originalRemoved };
        print.result(result, () => `${imageId} deleted${original(options, originalRemoved)}`);
        return EXIT.done;
      }),
    );
}

function original(asked: { original?: boolean }, removed: boolean): string {
  if (!asked.original) return '';
  return removed ? ' with its original' : '; its original is gone already or is not ours';
}
