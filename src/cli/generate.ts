import { InvalidArgumentError, type Command } from 'commander';
import type { GenerationRequest, GenerationView } from '../client.js';
import { STYLES } from '../domain/styles.js';
import { EXIT, withDarkroom, type CommandContext, type ExitCode } from './command-context.js';
import { showGeneration } from './generation-progress.js';

type GenerateOptions = Omit<GenerationRequest, 'prompt' | 'width' | 'height' | 'ownerId'> & {
  owner?: string;
  size?: { width: number; height: number };
  source?: string;
  guidance?: number;
  timeout?: number;
  tries?: number;
  wait?: boolean;
};

export function addGenerate(program: Command, context: CommandContext): void {
  program
    .command('generate')
    .description('make a picture from words; it becomes an image of its owner')
    .argument('<prompt...>', 'what it shows')
    .option('--size <width>x<height>', 'in pixels (1024x1024 by default)', size)
    .option('--negative-prompt <words>', 'what it does not show')
    .option('--style <style>', Object.keys(STYLES).join(', '))
    .option('--seed <n>', 'the same seed and prompt give the same picture', anyNumber)
    .option('--steps <n>', 'of denoising', anyNumber)
    .option('--guidance <n>', 'how closely the words are followed', anyNumber)
    .option('--source <image>', 'the id of an image or an https: address to begin with')
    .option('--strength <n>', '0 stays with the source, 1 forgets it', anyNumber)
    .option('--format <format>', 'png, jpg, webp')
    .option('--provider <name>', 'mock, replicate (the configured one by default)')
    .option('--model <model>', 'as the provider names it')
    .option('--owner <owner>', 'whose image it becomes')
    .option('--priority <n>', 'higher first (0 by default)', anyNumber)
    .option('--tries <n>', 'at most (3 by default)', anyNumber)
    .option('--timeout <seconds>', 'once it has begun (600 by default)', anyNumber)
    .option('--wait', 'stay until the picture is there')
    .action((prompt: string[], options: GenerateOptions, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        const [added] = await darkroom.generate(requestOf(prompt.join(' '), options));
        if (added === undefined) return EXIT.failed;
        if (!options.wait) {
          print.result(added, () => `${added.id} is asked for`);
          return EXIT.done;
        }
        const end = await showGeneration(darkroom.watchGeneration(added.id), print);
        print.result(end, () => words(end));
        return exitOfGeneration(end);
      }),
    );
}

/** Only what was given, because the rest has defaults of its own. */
function requestOf(prompt: string, options: GenerateOptions): GenerationRequest {
  const { owner, size: sides, source, guidance, timeout, tries, ...rest } = options;
  const { negativePrompt, style, seed, steps, strength, format, provider, model, priority } = rest;
  const given = {
    ...{ negativePrompt, style, seed, steps, strength, format, provider, model, priority },
    ...{ ownerId: owner, sourceImage: source, guidanceScale: guidance },
    ...{ timeoutSeconds: timeout, maxAttempts: tries, ...sides },
  };
  const present = Object.entries(given).filter(([, value]) => value !== undefined);
  return { prompt, ...(Object.fromEntries(present) as Partial<GenerationRequest>) };
}

function words({ id, status, imageId, failure, durationMs = 0 }: GenerationView): string {
  if (imageId !== undefined) return `${imageId} made in ${(durationMs / 1000).toFixed(1)} s`;
  if (failure === undefined) return `${id} ${status}`;
  return `${id} ${status}: ${failure.message} (${failure.kind})`;
}

function exitOfGeneration({ status }: GenerationView): ExitCode {
  return status === 'completed' ? EXIT.done : EXIT.failed;
}

function size(text: string): { width: number; height: number } {
  const [, width, height] = /^(\d{1,6})[x×](\d{1,6})$/i.exec(text) ?? [];
  if (width === undefined || height === undefined) {
    throw new InvalidArgumentError('It must be width and height, as in 1024x768.');
  }
  return { width: Number(width), height: Number(height) };
}

/** What it may be is said by whoever checks the request, together with all the rest. */
function anyNumber(text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number)) return number;
  throw new InvalidArgumentError('It must be a number.');
}
