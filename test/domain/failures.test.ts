import { describe, expect, it } from 'vitest';
import {
  DarkroomError,
  FAILURES,
  failureOf,
  isFailureKind,
  type Failure,
} from '../../src/domain/failures.js';
import { foundIn, keptFailure } from '../../src/domain/kept-failure.js';

const table = Object.keys(FAILURES)
  .filter(isFailureKind)
  .map((kind): [string, Failure] => [kind, failureOf(kind)]);

describe('the failure table', () => {
  it.each(table)('says %s in one sentence for people', (_kind, failure) => {
    expect(failure.says).toMatch(/^[A-Z].+\.$/);
    expect(failure.status).toBeGreaterThanOrEqual(400);
    expect(failure.status).toBeLessThan(600);
  });

  it.each(table.filter(([, failure]) => failure.quarantine))(
    'sets an image aside for %s only because its bytes can never work',
    (_kind, failure) => {
      expect(failure).toMatchObject({ fault: 'image', retry: false });
    },
  );

  it.each(table.filter(([, failure]) => failure.fault === 'infrastructure'))(
    'rides %s out and never blames the image',
    (_kind, failure) => {
      expect(failure).toMatchObject({ retry: true, quarantine: false });
      expect(failure.status).toBeGreaterThanOrEqual(500);
    },
  );

  it.each(table.filter(([, failure]) => failure.fault === 'request'))(
    'answers %s at once, because asking again changes nothing',
    (_kind, failure) => {
      expect(failure).toMatchObject({ retry: false, quarantine: false });
    },
  );
});

describe('isFailureKind', () => {
  it('knows the kinds of the table and nothing that every object has', () => {
    expect(Object.keys(FAILURES).every(isFailureKind)).toBe(true);
    for (const other of ['toString', '__proto__', '', 'Unknown', undefined, 1]) {
      expect(isFailureKind(other)).toBe(false);
    }
  });
});

describe('a failure that Temporal keeps', () => {
  it('begins with the words for people and the kind, and keeps what was found', () => {
    const kept = keptFailure('ImageCorrupt', 'VipsJpeg: premature end');
    expect(kept).toEqual({
      type: 'ImageCorrupt',
      message: `${FAILURES.ImageCorrupt.says} (ImageCorrupt) VipsJpeg: premature end`,
      details: ['VipsJpeg: premature end'],
    });
    expect(foundIn(kept)).toBe('VipsJpeg: premature end');
  });

  it('says nothing twice, and takes what is not of the table as unexpected', () => {
    const { says } = FAILURES.ImageEmpty;
    expect(keptFailure('ImageEmpty', says).message).toBe('The file is empty. (ImageEmpty)');
    expect(keptFailure('Elsewhere', 'x').message).toMatch(/does not know yet\. \(Elsewhere\) x$/);
    expect(foundIn({ message: 'kept before there were details' })).toMatch(/^kept before/);
  });
});

describe('DarkroomError', () => {
  it('speaks the words of the table unless something more exact was found', () => {
    expect(new DarkroomError('ImageEmpty').message).toBe('The file is empty.');
    const cause = new Error('EIO');
    const error = new DarkroomError('StorageUnavailable', 'EIO while reading a.jpg', { cause });
    expect(error).toMatchObject({
      name: 'DarkroomError',
      kind: 'StorageUnavailable',
      message: 'EIO while reading a.jpg',
      cause,
    });
  });
});
