import { readFile } from 'node:fs/promises';

/** Names one variant of one image: `<image> 640 webp`. */
export type VariantName = `${string} ${number} ${string}`;

/** Every variant that the workers encoded and said so in their log, in order; twice is twice. */
export async function encodedVariants(workerLog: string): Promise<VariantName[]> {
  const log = await readFile(workerLog, 'utf8').catch(() => '');
  return log.split('\n').flatMap((line) => {
    // A worker that is killed may leave half a line.
    if (!line.includes('"variant encoded"') || !line.endsWith('}')) return [];
    const { imageId, width, format } = JSON.parse(line) as EncodedLine;
    return [variantName(imageId, width, format)];
  });
}

interface EncodedLine {
  imageId: string;
  width: number;
  format: string;
}

export function variantName(imageId: string, widthPx: number, format: string): VariantName {
  return `${imageId} ${widthPx} ${format}`;
}
