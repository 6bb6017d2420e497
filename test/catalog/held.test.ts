import { describe, expect, it } from 'vitest';
import { useCatalog } from './open.js';
import { newImage } from './records.js';

const db = useCatalog();

describe('what the database does not hold', () => {
  it.each([
    ['a NUL in a filter', () => db.catalog.images.list({ limit: 1, ownerId: 'a\0b' })],
    ['a NUL in what is stored', () => db.catalog.images.register(newImage('a\0b'))],
    [
      'a date before there were any',
      () => db.catalog.images.list({ limit: 1, from: new Date(-8.64e15) }),
    ],
  ])('is refused as input, not called an error of ours: %s', async (_what, call) => {
    await expect(call()).rejects.toMatchObject({ name: 'DarkroomError', kind: 'InvalidInput' });
  });
});
