import { picture } from './pictures.js';
import type { Pipeline } from './pipeline.js';

/** Imports so many tiny pictures, each of one tier; their ids, oldest first. */
export async function addSmall(pipeline: Pipeline, count: number, from = 0): Promise<string[]> {
  const pictures = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const name = `picture-${String(from + index).padStart(3, '0')}.png`;
      const bytes = await picture({ format: 'png', widthPx: 64, heightPx: 48, seed: from + index });
      return [name, bytes] as const;
    }),
  );
  await pipeline.addPictures(Object.fromEntries(pictures));
  return idsOf(pipeline);
}

/** Imports one photograph that gets three tiers. */
export async function addOne(pipeline: Pipeline, name = 'harbour.jpg', seed = 0): Promise<string> {
  await pipeline.addPictures({
    [name]: await picture({ format: 'jpeg', widthPx: 1200, heightPx: 800, seed }),
  });
  const added = (await pipeline.darkroom.images()).find((image) => image.fileName === name);
  if (added === undefined) throw new Error(`${name} was not imported.`);
  return added.id;
}

async function idsOf(pipeline: Pipeline): Promise<string[]> {
  const images = await pipeline.darkroom.images({ limit: 1000 });
  return images.map(({ id }) => id).reverse();
}
