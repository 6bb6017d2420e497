import { Option, type Command } from 'commander';
import type { GenerationView } from '../client.js';
import { DarkroomError } from '../domain/failures.js';
import { GENERATION_STATUSES, type GenerationStatus } from '../domain/generation.js';
import { EXIT, withDarkroom, type CommandContext } from './command-context.js';
import { stateOf } from './generation-progress.js';
import { positiveNumber } from './options.js';
import { table } from './print.js';

interface ListOptions {
  status?: GenerationStatus;
  owner?: string;
  limit: number;
  after?: string;
}

export function addGenerations(program: Command, context: CommandContext): void {
  const generations = program.command('generations').description('pictures that were asked for');
  addList(generations, context);
  generations
    .command('show')
    .description('everything about one')
    .argument('<generation-id>')
    .action((id: string, _options: object, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const found = await darkroom.generation(id);
        if (found === undefined) {
          throw new DarkroomError('GenerationNotFound', `There is no generation ${id}.`);
        }
        print.result(found, () => describe(found));
        return EXIT.done;
      }),
    );
  generations
    .command('cancel')
    .description('end it, with its prediction at the provider')
    .argument('<generation-id>')
    .action((id: string, _options: object, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const cancelled = await darkroom.cancelGeneration(id);
        print.result(cancelled, () => `${id} is being cancelled`);
        return EXIT.done;
      }),
    );
}

function addList(generations: Command, context: CommandContext): void {
  generations
    .command('list', { isDefault: true })
    .description('list them, newest first')
    .addOption(new Option('--status <status>', 'only these').choices([...GENERATION_STATUSES]))
    .option('--owner <owner>', 'only of this owner')
    .option('--limit <n>', 'how many', positiveNumber, 50)
    .option('--after <generation-id>', 'the page after this one')
    .action((options: ListOptions, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const { status, owner, limit, after } = options;
        const found = await darkroom.generations({
          limit,
          ...(status !== undefined && { status }),
          ...(owner !== undefined && { ownerId: owner }),
          ...(after !== undefined && { after }),
        });
        print.result(found, () => list(found));
        return EXIT.done;
      }),
    );
}

function list(found: GenerationView[]): string {
  if (found.length === 0) return 'There are none; try: darkroom generate "a lighthouse at dusk"';
  const rows = found.map(({ id, status, progress, imageId, failure, prompt }) => [
    ...[id, status, `${progress} %`, short(prompt), imageId ?? failure?.message ?? ''],
  ]);
  return table([['GENERATION', 'STATUS', '', 'PROMPT', 'IMAGE'], ...rows]);
}

function describe(generation: GenerationView): string {
  const { id, prompt, style, styledPrompt, width, height, provider, model, failure } = generation;
  const { attemptNumber, maxAttempts, predictionId, imageId, usage } = generation;
  const made = [provider ?? 'the configured provider', ...(model === undefined ? [] : [model])];
  return [
    `${id}  ${stateOf(generation)}  ${generation.progress} %`,
    prompt,
    ...(style === undefined ? [] : [`as ${style}: ${styledPrompt}`]),
    `${width} x ${height} by ${made.join(', ')}, try ${attemptNumber} of ${maxAttempts}`,
    ...(predictionId === undefined ? [] : [`prediction ${predictionId}`]),
    ...(usage?.predictSeconds === undefined ? [] : [`${usage.predictSeconds} s of the provider`]),
    ...(usage?.costUsd === undefined ? [] : [`${usage.costUsd} US dollars`]),
    ...(failure === undefined ? [] : [`${failure.message} (${failure.kind})`]),
    ...(imageId === undefined ? [] : [`image ${imageId}`]),
  ].join('\n');
}

function short(prompt: string): string {
  const line = prompt.replaceAll(/\s+/g, ' ');
  return line.length > 40 ? `${line.slice(0, 39)}…` : line;
}
