import { describe, expect, it } from 'vitest';
import {
  DarkroomError,
  FAILURES,
  failureOf,
  isFailureKind,
  type Failure,
} from '../../src/domain/failures.js';

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
