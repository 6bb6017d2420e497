import type { Command } from 'commander';
import type { ImageView } from '../client.js';
import { DarkroomError } from '../domain/failures.js';
import { STEPS } from '../domain/image.js';
import { EXIT, withDarkroom, type CommandContext } from './command-context.js';
import { bytes, table } from './print.js';
import { storyWords } from './show-story.js';

export function addShow(program: Command, context: CommandContext): void {
  program
    .command('show')
    .description('everything about one image')
    .argument('<image-id>')
    .option('--story', 'also every try of every step, from Temporal')
    .action((imageId: string, options: { story?: boolean }, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const image = await darkroom.image(imageId);
        if (image === undefined) {
          throw new DarkroomError('ImageNotFound', `There is no image ${imageId}.`);
        }
        const story = options.story ? await darkroom.story(imageId) : undefined;
        print.result(story === undefined ? image : { ...image, story }, () =>
          [describe(image), ...(story === undefined ? [] : ['', storyWords(story)])].join('\n'),
        );
        return EXIT.done;
      }),
    );
}

function describe(image: ImageView): string {
  const { metadata } = image;
  const size = image.width === undefined ? 'size unknown' : `${image.width} x ${image.height}`;
  return [
    `${image.fileName}  ${image.status}  ${size}, ready up to ${image.readyMaxWidth} px`,
    ...(metadata ? [metadata.description, `tags: ${metadata.tags.join(', ')}`] : []),
    ...image.variants.map(
      ({ tier, widthPx, format, sizeBytes, url }) =>
        `  ${tier} ${widthPx} ${format} ${bytes(sizeBytes)}  ${url}`,
    ),
    table(
      STEPS.map((step) => {
        const { state, source, failure } = image.steps[step];
        return [`  ${step}`, state, source?.provider ?? '', failure?.message ?? ''];
      }),
    ),
  ].join('\n');
}
