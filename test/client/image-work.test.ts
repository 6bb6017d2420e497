import { Client, Connection } from '@temporalio/client';
import { describe, expect, inject, it } from 'vitest';
import { imageWorkWith } from '../../src/client/image-work.js';

describe('joining the work on an image', () => {
  it('blames the server, not the image, when the server cannot be asked', async () => {
    const connection = await Connection.connect({ address: inject('temporalAddress') });
    const work = imageWorkWith(new Client({ connection }));
    await connection.close();
    const joining = work.join('an-image', {}, new AbortController().signal);

    await expect(joining).rejects.toMatchObject({ kind: 'TemporalUnavailable' });
  }, 60_000);
});
