import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ColorSpace } from '../../src/domain/recipe.js';
import type { EncodeInput, PixelFile, PrepareInput } from '../../src/imaging/encoder-jobs.js';
import { picture, pixels } from './pictures.js';

export const MINUTE = { timeoutMs: 60_000 };

/** Work for encoders, in a folder of its own. */
export interface EncoderInputs extends AsyncDisposable {
  readonly folder: string;
  /** 64 pixels a side. */
  readonly small: PixelFile;
  /** A JPEG of 300 by 200 pixels. */
  readonly original: string;
  quick(): EncodeInput;
  /** An encode of minutes: noise at the highest effort. */
  slow(): EncodeInput;
  prepareJob(originalPath?: string, colorSpace?: ColorSpace): PrepareInput;
}

export async function openEncoderInputs(): Promise<EncoderInputs> {
  const folder = await mkdtemp(join(tmpdir(), 'pool-'));
  const original = join(folder, 'original.jpg');
  await writeFile(original, await picture({ widthPx: 300, heightPx: 200 }));
  const small: PixelFile = { path: join(folder, 'small'), widthPx: 64, heightPx: 64, channels: 3 };
  await writeFile(small.path, await pixels({ widthPx: 64, heightPx: 64 }).raw().toBuffer());
  const large: PixelFile = {
    ...{ path: join(folder, 'large'), widthPx: 2000, heightPx: 2000 },
    channels: 3,
  };
  await writeFile(large.path, randomBytes(2000 * 2000 * 3));
  let files = 0;
  const output = (ending: string) => join(folder, `${(files += 1)}.${ending}`);

  return {
    ...{ folder, small, original },
    quick: () => {
      const settings = { format: 'webp', quality: 80, effort: 0 } as const;
      return { master: small, widthPx: 64, outputs: [{ settings, path: output('webp') }] };
    },
    slow: () => {
      const settings = {
        ...({ format: 'avif', quality: 90, effort: 9 } as const),
        chromaSubsampling: '4:4:4' as const,
      };
      return { master: large, widthPx: 2000, outputs: [{ settings, path: output('avif') }] };
    },
    prepareJob: (originalPath = original, colorSpace = 'srgb') => {
      const masterPath = output('pixels');
      return {
        originalPath,
        limits: { maxMegapixels: 50, maxFileBytes: 50_000_000 },
        maxMasterWidthPx: 1920,
        masterPath,
        previewPath: `${masterPath}.jpg`,
        colorSpace,
      };
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
