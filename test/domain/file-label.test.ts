import { describe, expect, it } from 'vitest';
import { fileLabel } from '../../src/domain/file-label.js';

describe('fileLabel', () => {
  it('leaves the name of a file as it is', () => {
    expect(fileLabel('Häfen & Möwen *1*.jpg')).toBe('Häfen & Möwen *1*.jpg');
  });

  it.each(['🦊'.repeat(300), '"'.repeat(300), '\ud800'.repeat(300), '\u0000\n'.repeat(300)])(
    'stays within the 400 bytes that Temporal takes, quoted as JSON',
    (name) => {
      expect(Buffer.byteLength(JSON.stringify(fileLabel(name)))).toBeLessThanOrEqual(400);
    },
  );

  it('is one line', () => {
    expect(fileLabel('a\nb\u2028c.jpg')).toBe('a b c.jpg');
  });
});
