import { describe, expect, it } from 'vitest';
import { DarkroomError } from '../../src/domain/failures.js';
import { s3Error } from '../../src/storage/s3-errors.js';

/** An error as the SDK throws it for an answer of the store. */
function answer(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error('the words'), { name, $metadata: { httpStatusCode } });
}

describe('s3Error', () => {
  it.each([
    ['NoSuchKey', 404, 'OriginalMissing', 'StorageUnavailable'],
    ['NotFound', 404, 'OriginalMissing', 'StorageUnavailable'],
    ['NoSuchBucket', 404, 'StorageGone', 'StorageGone'],
    ['AccessDenied', 403, 'OriginalUnreadable', 'StorageUnavailable'],
    ['InvalidObjectState', 403, 'OriginalUnreadable', 'StorageUnavailable'],
    ['UnknownError', 403, 'StorageUnavailable', 'StorageUnavailable'],
    ['InvalidAccessKeyId', 403, 'StorageUnavailable', 'StorageUnavailable'],
    ['SignatureDoesNotMatch', 403, 'StorageUnavailable', 'StorageUnavailable'],
    ['ExpiredToken', 400, 'StorageUnavailable', 'StorageUnavailable'],
    ['QuotaExceeded', 403, 'StorageFull', 'StorageFull'],
    ['XMinioStorageFull', 507, 'StorageFull', 'StorageFull'],
    ['KeyTooLongError', 400, 'InvalidInput', 'InvalidInput'],
    ['SlowDown', 503, 'StorageUnavailable', 'StorageUnavailable'],
    ['InternalError', 500, 'StorageUnavailable', 'StorageUnavailable'],
  ])('reads %s (%i) as %s while reading and as %s while writing', (name, status, ...kinds) => {
    const error = answer(name, status);
    const found = (['reading', 'writing'] as const).map((doing) => s3Error(error, doing, 'k').kind);
    expect(found).toEqual(kinds);
  });

  it('reads a connection that fails as an outage, with the words of the first address', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED ::1:9'), {
      code: 'ECONNREFUSED',
    });
    const both = Object.assign(new AggregateError([refused, refused]), { code: 'ECONNREFUSED' });
    expect(s3Error(both, 'reading', 'k in s3://b')).toMatchObject({
      kind: 'StorageUnavailable',
      message: 'ECONNREFUSED while reading k in s3://b: connect ECONNREFUSED ::1:9',
      cause: both,
    });
  });

  it('gives the status of an answer that is not XML', () => {
    const parsing = Object.assign(new SyntaxError('Unexpected <'), {
      $response: { statusCode: 502 },
    });
    expect(s3Error(parsing, 'writing', 'k').message).toMatch(/^HTTP 502 while writing k: /);
  });

  it.each([
    [new Error('Region is missing'), 'set AWS_REGION'],
    [Object.assign(new Error('none'), { name: 'CredentialsProviderError' }), 'AWS_ACCESS_KEY_ID'],
    [answer('PermanentRedirect', 301), 'another region?'],
  ])('says what to do about %s', (error, advice) => {
    expect(s3Error(error, 'reading', 'k').message).toContain(advice);
  });

  it('leaves a failure that has its kind as it is', () => {
    const failure = new DarkroomError('StorageFull');
    expect(s3Error(failure, 'reading', 'k')).toBe(failure);
  });
});
