import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { DarkroomError } from '../domain/failures.js';
import { EXIT, withDarkroom, type CommandContext } from './command-context.js';

export function addReplace(program: Command, context: CommandContext): void {
  program
    .command('replace')
    .description('give an image other bytes; the old variants are served until the new are ready')
    .argument('<image-id>')
    .argument('<file>')
    .action((imageId: string, path: string, _options: unknown, command: Command) =>
      withDarkroom(context, command, async (darkroom, print) => {
        await checkFile(path);
        const { replaced } = await darkroom.replace(imageId, {
          body: createReadStream(path),
          fileName: basename(path),
        });
        print.result({ imageId, replaced }, () =>
          replaced ? `${imageId} replaced and started` : `${imageId} has these bytes already`,
        );
        return EXIT.done;
      }),
    );
}

async function checkFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return;
  const reason = found === undefined ? 'there is no such file' : 'it is not a file';
  throw new DarkroomError('InvalidInput', `Cannot read ${path}: ${reason}.`);
}
