import { Option, type Command } from 'commander';
import type { ImageStatus } from '../domain/image.js';
import { EXIT, withDarkroom, type CommandContext } from './command-context.js';
import { positiveNumber, withOwner } from './options.js';
import { table } from './print.js';

interface ListOptions {
  status?: ImageStatus;
  ownerId?: string;
  limit: number;
  after?: string;
}

export function addImages(program: Command, context: CommandContext): void {
  const command = program
    .command('images')
    .description('list images, newest first')
    .addOption(
      new Option('--status <status>', 'only these').choices([
        'pending',
        'processing',
        'completed',
        'failed',
      ]),
    );
  withOwner(command, 'only images of this owner')
    .option('--limit <n>', 'how many', positiveNumber, 50)
    .option('--after <image-id>', 'the page after this image')
    .action((options: ListOptions, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const {
          json: _json,
          data: _data,
          ...page
        } = options as ListOptions & {
          json?: boolean;
          data?: string;
        };
        const images = await darkroom.images(page);
        const rows = images.map((image) => [
          image.id,
          image.status,
          image.readyMaxWidthPx,
          image.fileName,
          image.steps.variants.failure?.message ?? '',
        ]);
        print.result(images, () =>
          images.length === 0
            ? 'There are no images yet; try: darkroom import DIR'
            : table([['IMAGE', 'STATUS', 'READY', 'FILE', ''], ...rows]),
        );
        return EXIT.done;
      }),
    );
}
