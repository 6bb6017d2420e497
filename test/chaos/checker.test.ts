import { describe, expect, it } from 'vitest';
import { check, isClean } from './checker.js';
import type { Evidence, StoredObject, VariantRow } from './evidence.js';
import { FAULT_KINDS, type FaultKind } from './schedule.js';

const NAMES = ['a.jpg', 'b.jpg'];
const VARIANTS = [640, 1024].flatMap((widthPx) =>
  ['webp', 'avif'].map((format) => ({ widthPx, format })),
);

/** Two images of four variants each, as a run leaves them that nothing went wrong in. */
function goodRun(): Evidence {
  const images = NAMES.map((fileName, index) => ({
    ...{ id: `image-${index}`, fileName, status: 'completed' },
    ...{ quarantined: false, imageKey: `variants/${index}`, failure: null },
  }));
  const variants = images.flatMap(({ id, fileName, imageKey }) =>
    VARIANTS.map((variant) => ({
      ...variant,
      ...{ imageId: id, imageKey, recipe: 'recipe', heightPx: variant.widthPx / 2 },
      key: `${imageKey}_${variant.widthPx}.${variant.format}`,
      sizeBytes: variant.widthPx,
      sha256: `hash of ${fileName} ${variant.widthPx} ${variant.format}`,
    })),
  );
  return {
    acknowledged: [...NAMES],
    images,
    variants,
    objects: variants.map(asStored),
    reference: variants.map(({ imageId, widthPx, format, sha256 }) => ({
      ...{ widthPx, format, sha256 },
      fileName: images.find(({ id }) => id === imageId)?.fileName ?? '',
    })),
    ledger: [{ prompt: 'a lighthouse', predictionId: 'p' }],
    promised: ['a lighthouse'],
    givenUp: [],
    unforeseen: [],
    fallen: [],
    generations: [
      {
        ...{ id: 'g', prompt: 'a lighthouse', status: 'completed' },
        ...{ imageId: 'image-0', failure: null },
      },
    ],
    notices: [
      {
        ...{ fault: 'workerKill', activity: 'renderTier', goneAtMs: 1_000, noticedAtMs: 11_900 },
        ...{ heartbeatTimeoutMs: 10_000, serverAwayMs: 0 },
      },
    ],
    work: { encoded: 9, mayBeUndone: 4 },
    landed: Object.fromEntries(FAULT_KINDS.map((kind) => [kind, 2])) as Record<FaultKind, number>,
    wanted: { workerKill: 2, storageSlow: 1 },
  };
}

function asStored({ key, sizeBytes, sha256, widthPx, heightPx, format }: VariantRow): StoredObject {
  return { key, sizeBytes, sha256, picture: { widthPx, heightPx, format } };
}

/** The verdict on a good run after one thing in it was broken. */
function after(breakIt: (run: Evidence) => void) {
  const run = goodRun();
  breakIt(run);
  const verdict = check(run);
  return { verdict, clean: isClean(verdict) };
}

function first<T>(items: T[]): T {
  const [item] = items;
  if (item === undefined) throw new Error('there is none');
  return item;
}

describe('the checker', () => {
  it('finds nothing in a run that nothing went wrong in', () => {
    const { verdict, clean } = after(() => undefined);
    expect(verdict).toEqual({
      ...{ lost: [], duplicated: [], torn: [], mismatched: [], billedTwice: [] },
      ...{ encodesOverNeeded: 9 / 8, encodesBound: 1.5, late: [], fallen: [] },
      ...{ unforeseen: [], missed: [] },
    });
    expect(clean).toBe(true);
  });

  const mutations: Record<string, [(run: Evidence) => void, string, string]> = {
    'an acknowledged image without a row': [
      (run) => run.images.splice(1, 1),
      'lost',
      'b.jpg was acknowledged and has no row',
    ],
    'an image without an end': [
      (run) => (first(run.images).status = 'processing'),
      'lost',
      'a.jpg is processing',
    ],
    'an image that a fault has failed': [
      (run) => Object.assign(first(run.images), { status: 'failed', failure: 'EncoderCrashed' }),
      'lost',
      'a.jpg is failed (EncoderCrashed)',
    ],
    'an image that a fault has set aside': [
      (run) => (first(run.images).quarantined = true),
      'lost',
      'a.jpg is quarantined',
    ],
    'an image that a fault has failed and a later run made good': [
      (run) => (run.givenUp = [{ id: 'image-1', why: 'StorageFull' }]),
      'lost',
      'b.jpg was given up (StorageFull), and made good by another run',
    ],
    'an image that nobody acknowledged and that has no end': [
      (run) => run.images.push({ ...first(run.images), fileName: 'c.jpg', status: 'pending' }),
      'lost',
      'c.jpg is pending',
    ],
    'a variant without a row': [
      (run) => {
        const { key } = first(run.variants.splice(0, 1));
        run.objects = run.objects.filter((object) => object.key !== key);
      },
      'lost',
      '640 px in webp of a.jpg has no row',
    ],
    'a variant without its object': [
      (run) => run.objects.shift(),
      'lost',
      '640 px in webp of a.jpg is not stored',
    ],
    'a variant of another build than the one that is served': [
      (run) => (first(run.images).imageKey = 'variants/other'),
      'lost',
      '1024 px in avif of a.jpg has no row',
    ],
    'a generation without an end': [
      (run) => (first(run.generations).status = 'downloading'),
      'lost',
      '"a lighthouse" is downloading',
    ],
    'a generation that is completed without its image': [
      (run) => (first(run.generations).imageId = 'image-9'),
      'lost',
      '"a lighthouse" has no image',
    ],
    'an acknowledged generation without a row': [
      (run) => run.promised.push('a bridge'),
      'lost',
      '"a bridge" was acknowledged and has no row',
    ],
    'one file that became two images': [
      (run) => run.images.push({ ...first(run.images), id: 'image-2' }),
      'duplicated',
      'a.jpg is 2 images',
    ],
    'two rows for one variant': [
      (run) => run.variants.push({ ...first(run.variants), imageKey: 'variants/again' }),
      'duplicated',
      '640 px in webp by recipe recipe of image-0 has 2 rows',
    ],
    'an object beside those of the catalog': [
      (run) => run.objects.push({ ...first(run.objects), key: 'variants/0_641.webp' }),
      'duplicated',
      'variants/0_641.webp is in no row',
    ],
    'an object that ends too early': [
      (run) => (first(run.objects).sizeBytes = 320),
      'torn',
      'variants/0_640.webp: 320 bytes in place of 640',
    ],
    'an object with another hash than its row': [
      (run) => (first(run.variants).sha256 = 'another'),
      'torn',
      'variants/0_640.webp: another SHA-256 than its row',
    ],
    'an object that cannot be decoded to its end': [
      (run) => (first(run.objects).picture = { broken: 'premature end of image' }),
      'torn',
      'variants/0_640.webp: premature end of image',
    ],
    'an object of another width': [
      (run) => Object.assign(first(run.objects).picture, { widthPx: 639 }),
      'torn',
      'variants/0_640.webp: 639 x 320 px',
    ],
    'an object of another format': [
      (run) => Object.assign(first(run.objects).picture, { format: 'avif' }),
      'torn',
      'variants/0_640.webp: is avif',
    ],
    'bytes that the run without faults did not make': [
      (run) => (first(run.reference).sha256 = 'other bytes'),
      'mismatched',
      '640 px in webp of a.jpg has other bytes than without faults',
    ],
    'a variant that the run without faults did not make': [
      (run) => run.reference.shift(),
      'mismatched',
      'variants/0_640.webp was not made without faults',
    ],
    'two predictions for one generation': [
      (run) => run.ledger.push({ prompt: 'a lighthouse', predictionId: 'q' }),
      'billedTwice',
      '"a lighthouse" was billed 2 times',
    ],
    'a dead worker that is noticed too late': [
      (run) => (first(run.notices).noticedAtMs = 13_100),
      'late',
      'workerKill: renderTier was left alone for 12.1 s',
    ],
    'a dead worker that is never noticed': [
      (run) => delete first(run.notices).noticedAtMs,
      'late',
      'workerKill: nobody noticed that renderTier was left alone',
    ],
    'a worker that ended by itself': [
      (run) => run.fallen.push('4711 ended with 1'),
      'fallen',
      'worker 4711 ended with 1',
    ],
    'a failure that has no name': [
      (run) => run.unforeseen.push('renderTier of image:1: it broke'),
      'unforeseen',
      'renderTier of image:1: it broke',
    ],
    'a fault that landed too seldom': [
      (run) => (run.landed.workerKill = 1),
      'missed',
      'workerKill landed 1 of 2 times',
    ],
  };

  it.each(Object.entries(mutations))('sees %s', (_what, [breakIt, counter, words]) => {
    const { verdict, clean } = after(breakIt);
    expect(verdict[counter as 'lost']).toContain(words);
    expect(clean).toBe(false);
  });

  it('sees that more was encoded than faults can have undone', () => {
    const { verdict, clean } = after((run) => (run.work.encoded = 13));
    expect(verdict).toMatchObject({ encodesOverNeeded: 13 / 8, encodesBound: 1.5, lost: [] });
    expect(clean).toBe(false);
  });

  it('allows for the time in which the Temporal server itself was away', () => {
    const { clean } = after((run) =>
      Object.assign(first(run.notices), { noticedAtMs: 15_000, serverAwayMs: 3_000 }),
    );
    expect(clean).toBe(true);
  });

  it('has no bytes to compare the picture of a generation with', () => {
    const { verdict } = after((run) => {
      const made = {
        ...first(run.images),
        id: 'image-g',
        fileName: 'g.png',
        imageKey: 'variants/g',
      };
      run.images.push(made);
      const row = { ...first(run.variants), imageId: made.id, imageKey: 'variants/g' };
      run.variants.push({ ...row, key: 'variants/g_640.webp' });
      run.objects.push({ ...first(run.objects), key: 'variants/g_640.webp' });
    });
    expect(isClean(verdict)).toBe(true);
  });
});
