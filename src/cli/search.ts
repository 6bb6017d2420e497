import type { Command } from 'commander';
import type { SearchHit, SearchResult } from '../client.js';
import { NOTHING_FOUND, type Why } from '../domain/search.js';
import { EXIT, withDarkroom, type CommandContext } from './command-context.js';
import { moment, positiveNumber } from './options.js';
import { table } from './print.js';

interface SearchOptions {
  owner?: string;
  tag?: string[];
  color?: string;
  from?: Date;
  to?: Date;
  limit?: number;
  after?: string;
}

export function addSearch(program: Command, context: CommandContext): void {
  program
    .command('search')
    .description('find images by words, meaning and colours')
    .argument('<query...>', 'in words')
    .option('--owner <owner>', 'only images of this owner')
    .option('--tag <tag>', 'only images with this tag; several: with all of them', another)
    .option('--color <color>', 'only images with this colour, such as navy')
    .option('--from <time>', 'registered at this day or time or later', moment)
    .option('--to <time>', 'registered before this day or time', moment)
    .option('--limit <n>', 'how many', positiveNumber)
    .option('--after <image-id>', 'the page after this image')
    .action((query: string[], options: SearchOptions, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const { owner, tag, color, from, to, limit, after } = options;
        const result = await darkroom.search({
          query: query.join(' '),
          ...(owner !== undefined && { owner }),
          ...(tag !== undefined && { tags: tag }),
          ...(color !== undefined && { color }),
          ...(from !== undefined && { from }),
          ...(to !== undefined && { to }),
          ...(limit !== undefined && { limit }),
          ...(after !== undefined && { after }),
        });
        print.result(result, () => words(result));
        return EXIT.done;
      }),
    );
}

export function addSimilar(program: Command, context: CommandContext): void {
  program
    .command('similar')
    .description('find images like one')
    .argument('<image-id>')
    .option('--owner <owner>', 'only images of this owner')
    .option('--limit <n>', 'how many', positiveNumber)
    .action((imageId: string, options: { owner?: string; limit?: number }, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const { owner, limit } = options;
        const result = await darkroom.similar(imageId, {
          ...(owner !== undefined && { owner }),
          ...(limit !== undefined && { limit }),
        });
        print.result(result, () => words(result));
        return EXIT.done;
      }),
    );
}

/** An option that may be given several times. */
function another(tag: string, before: string[] = []): string[] {
  return [...before, tag];
}

function words({ hits, next, nothingFound, withoutMeaning }: SearchResult): string {
  const rows = hits.map(({ image, why }: SearchHit) => [
    image.id,
    image.fileName,
    why.map(reason).join('; '),
  ]);
  return [
    ...(hits.length > 0 ? [table([['IMAGE', 'FILE', 'WHY'], ...rows])] : []),
    ...(nothingFound === undefined ? [] : [NOTHING_FOUND[nothingFound]]),
    ...(withoutMeaning === undefined ? [] : [`Only words and colours: ${withoutMeaning}`]),
    ...(next === undefined ? [] : [`More: --after ${next}`]),
  ].join('\n');
}

function reason(why: Why): string {
  switch (why.by) {
    case 'words':
      return `words ${why.words.join(', ')}`;
    case 'meaning':
      return `${why.provider === 'builtin' ? 'wording' : 'meaning'} ${percent(why.likeness)}`;
    case 'color':
      return `colour ${why.colors.map(({ name, share }) => `${name} ${percent(share)}`).join(', ')}`;
  }
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
