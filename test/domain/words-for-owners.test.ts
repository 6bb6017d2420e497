import { describe, expect, it } from 'vitest';
import { eventForOwners, forOwners } from '../../src/domain/words-for-owners.js';

const away = { kind: 'StorageUnavailable', message: 'no answer from 10.0.0.7:7070', at: 'noon' };
const broken = { kind: 'ImageCorrupt', message: 'it ends in the middle', at: 'noon' };

describe('what an owner is told of a failure', () => {
  it('is what was found, unless that is about our servers', () => {
    expect(forOwners(broken)).toEqual(broken);
    expect(forOwners(away)).toEqual({
      ...away,
      message: 'The storage cannot be reached right now.',
    });
    const places = 'AccessDenied in s3://bucket, arn:aws:sts::123:assumed-role/darkroom';
    expect(forOwners({ kind: 'OriginalUnreadable', message: places }).message).toBe(
      'The original is there but may not be read.',
    );
    for (const kind of ['Unexpected', 'KindOfAnotherVersion']) {
      const { message } = forOwners({ ...away, kind });
      expect(message).toBe('Something went wrong that Darkroom does not know yet.');
    }
  });

  it('is the same in events of images and of generations', () => {
    const image = { imageId: '1', failures: [{ step: 'variants', ...away }, broken, null] };
    const { failures } = eventForOwners(image);
    expect(failures).toEqual([{ step: 'variants', ...forOwners(away) }, broken, null]);
    expect(eventForOwners({ failure: away })).toEqual({ failure: forOwners(away) });
    const good = { imageId: '1', failures: [] as unknown[] };
    expect(eventForOwners(good)).toEqual(good);
    expect(eventForOwners({ failure: null })).toEqual({ failure: null });
  });
});
