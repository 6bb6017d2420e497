import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { RESULT_FORMATS } from '../../src/domain/generation.js';
import type { GenerationProvider } from '../../src/generation/generation.js';
import { followed, order, pictureOf, SIGNAL } from './orders.js';

export interface Contracted {
  provider: GenerationProvider;
  /** So that a prediction that was made takes longer than any test. */
  slow: () => GenerationProvider;
}

/** What every GenerationProvider promises; a prediction takes it a few tenths of a second. */
export function describeGeneration(name: string, open: () => Contracted): void {
  describe(`pictures by ${name}`, () => {
    it.each(RESULT_FORMATS)(
      'are whole pictures of the size and format asked for: %s',
      async (format) => {
        const { provider } = open();
        const bytes = await pictureOf(provider, order({ format, widthPx: 320, heightPx: 256 }));
        const { width, height, format: found } = await sharp(bytes).metadata();
        expect({ width, height, found }).toEqual({
          ...{ width: 320, height: 256 },
          found: format === 'jpg' ? 'jpeg' : format,
        });
        await sharp(bytes).stats();
      },
    );

    it('say three times or more how far they are, and never less than before', async () => {
      const { provider } = open();
      const ordered = order();
      const { id, state } = await provider.create(ordered, SIGNAL);
      expect(state).toBe('waiting');
      const { seen, end } = await followed(provider, { ...ordered, predictionId: id });
      const said = seen.slice(0, -1).flatMap(({ progress }) => progress ?? []);
      expect(new Set(said).size).toBeGreaterThanOrEqual(3);
      expect(said).toEqual([...said].sort((a, b) => a - b));
      expect(said.at(-1)).toBeLessThanOrEqual(100);
      expect(end).toMatchObject({ id, state: 'succeeded', progress: 100 });
      expect(end.outputs).toHaveLength(1);
      expect(end.usage?.predictSeconds).toBeGreaterThan(0);
    });

    it('come from one prediction when the answer to its order is lost', async () => {
      const { provider } = open();
      const ordered = order();
      const { id } = await provider.create(ordered, SIGNAL);
      const again =
        (await provider.find(ordered, SIGNAL)) ?? (await provider.create(ordered, SIGNAL));
      expect(again.id).toBe(id);
    });

    it('are predictions of their own for every try and every generation', async () => {
      const { provider } = open();
      const first = order();
      const tries = [first, { ...first, attempt: 2, orderedAt: new Date() }, order()];
      const made = await Promise.all(tries.map((it) => provider.create(it, SIGNAL)));
      expect(new Set(made.map(({ id }) => id)).size).toBe(3);
    });

    it('are the same for the same prompt and seed', async () => {
      const { provider } = open();
      const one = await pictureOf(provider, order({ seed: 7 }));
      expect(await pictureOf(provider, order({ seed: 7 }))).toEqual(one);
      expect(await pictureOf(provider, order({ seed: 8 }))).not.toEqual(one);
    });

    it('may be cancelled again, and when they have ended', async () => {
      const { provider, slow } = open();
      const ordered = order();
      const slowly = slow();
      const { id } = await slowly.create(ordered, SIGNAL);
      const placed = { ...ordered, predictionId: id };
      await slowly.cancel(placed, SIGNAL);
      await slowly.cancel(placed, SIGNAL);
      const done = order();
      const { id: doneId } = await provider.create(done, SIGNAL);
      const ended = { ...done, predictionId: doneId };
      await followed(provider, ended);
      await provider.cancel(ended, SIGNAL);
      expect(await provider.get(ended, SIGNAL)).toMatchObject({ state: 'succeeded' });
    });

    it('end by themselves when their time is over', async () => {
      const { slow } = open();
      const slowly = slow();
      const ordered = order({}, { cancelAfterSeconds: 5, orderedAt: new Date(Date.now() - 6_000) });
      const { id } = await slowly.create(ordered, SIGNAL);
      const { end } = await followed(slowly, { ...ordered, predictionId: id });
      expect(end).toMatchObject({ state: 'cancelled', outputs: [] });
    });

    it('are refused when they are larger than they may be', async () => {
      const { provider } = open();
      const ordered = order();
      const { id } = await provider.create(ordered, SIGNAL);
      const placed = { ...ordered, predictionId: id };
      const { end } = await followed(provider, placed);
      const reading = provider.read(placed, end.outputs[0] ?? '', {
        signal: SIGNAL,
        maxBytes: 500,
      });
      await expect(reading).rejects.toMatchObject({ kind: 'FileTooLarge' });
    });

    it('are not made for who has given up', async () => {
      const { provider } = open();
      const given = AbortSignal.abort(new Error('given up'));
      await expect(provider.create(order(), given)).rejects.toThrow('given up');
      await expect(provider.find(order(), given)).rejects.toThrow('given up');
    });
  });
}
