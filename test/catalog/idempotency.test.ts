import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { useCatalog } from './open.js';

const opened = useCatalog();
let tokenId = '';
beforeEach(async () => {
  await opened.sql('truncate api_tokens cascade');
  const [token] = await opened.sql<{ id: string }>(
    `insert into api_tokens (name, role, sha256) values ('t', 'admin', 's') returning id`,
  );
  tokenId = token?.id ?? '';
});

const asks = (words: string) => createHash('sha256').update(words).digest('hex');
const claim = (key: string, words = 'a') => ({ tokenId, key, requestSha256: asks(words) });
const keys = () => opened.catalog.idempotency;
const ago = (column: 'created_at' | 'claimed_at', interval: string) =>
  opened.sql(`update idempotency_keys set ${column} = now() - $1::interval`, [interval]);

describe('a key', () => {
  it('is for one request at a time, and keeps its answer', async () => {
    expect(await keys().claim(claim('k'))).toEqual({ since: expect.any(Date) });
    expect(await keys().claim(claim('k'))).toEqual({ requestSha256: asks('a') });
    await keys().answer(claim('k'), { status: 201, body: { id: 1 } });
    const answered = { requestSha256: asks('a'), answer: { status: 201, body: { id: 1 } } };
    expect(await keys().claim(claim('k', 'b'))).toEqual(answered);
    await keys().release(claim('k'), true);
    await ago('claimed_at', '11 minutes');
    expect(await keys().claim(claim('k'))).toEqual(answered);
    expect(await keys().claim(claim('another'))).toHaveProperty('since');
  });

  it('is as old as before for whoever repeats what has no answer', async () => {
    const first = await keys().claim(claim('k'));
    await keys().release(claim('k'), false);
    expect(await keys().claim(claim('k'))).toEqual(first);
    await ago('claimed_at', '9 minutes');
    expect(await keys().claim(claim('k'))).toEqual({ requestSha256: asks('a') });
    await ago('claimed_at', '11 minutes');
    const two = [keys().claim(claim('k')), keys().claim(claim('k'))];
    expect(await Promise.all(two)).toContainEqual(first);
    expect(await Promise.all(two)).toContainEqual({ requestSha256: asks('a') });
  });

  it('is free for another request only when the first one was refused', async () => {
    await keys().claim(claim('k'));
    await keys().release(claim('k'), false);
    expect(await keys().claim(claim('k', 'b'))).toEqual({ requestSha256: asks('a') });
    await keys().claim(claim('k'));
    await keys().release(claim('k'), true);
    expect(await keys().claim(claim('k', 'b'))).toHaveProperty('since');
    expect(await keys().claim(claim('k'))).toEqual({ requestSha256: asks('b') });
  });

  it('is forgotten after a day', async () => {
    const first = await keys().claim(claim('k'));
    await keys().answer(claim('k'), { status: 200, body: null });
    await ago('created_at', '23 hours');
    expect(await keys().claim(claim('k'))).toHaveProperty('answer');
    await ago('created_at', '25 hours');
    const anew = await keys().claim(claim('k'));
    expect(anew).toHaveProperty('since');
    expect(anew).not.toEqual(first);
  });
});
