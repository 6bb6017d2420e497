import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { importFrom } from '../../src/client/import-from.js';
import { useCatalog } from '../catalog/open.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const db = useCatalog();
let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});

async function list(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const imported = (source: string, allowPrivate = false) =>
  importFrom(db.catalog, source, { ownerId: 'ann', allowPrivate });
const importedText = async (content: string, name = 'urls.csv') =>
  imported(await list(name, content));
const rows = async () =>
  (await db.catalog.images.list({ limit: 1_000 }))
    .map(({ original, fileName, ownerId }) => [original, fileName, ownerId].join(' | '))
    .sort();

describe('a list of addresses', () => {
  it.for(['urls.txt', 'urls.csv', 'URLS.CSV'])('has one a line in %s', async (name) => {
    const lines = [
      '# holidays',
      'https://example.com/a.jpg',
      '',
      '   https://example.com/2024/b%20c.jpg?w=1   ',
      '  # more',
      'HTTPS://Example.com:443/d.jpg#part',
      'https://example.com/',
    ];
    await expect(importedText(lines.join('\n'), name)).resolves.toEqual({
      found: 4,
      added: 4,
      skipped: [],
    });
    await expect(rows()).resolves.toEqual([
      'https://example.com/ | example.com | ann',
      'https://example.com/2024/b%20c.jpg?w=1 | b c.jpg | ann',
      'https://example.com/a.jpg | a.jpg | ann',
      'https://example.com/d.jpg | d.jpg | ann',
    ]);
  });

  it('adds only what is new when it is repeated, and each address once', async () => {
    const content = 'https://example.com/a.jpg\nhttps://example.com/a.jpg\n';
    await expect(importedText(content)).resolves.toMatchObject({ found: 2, added: 1 });
    await expect(importedText(`${content}https://example.com/b.jpg`)).resolves.toMatchObject({
      found: 3,
      added: 1,
    });
  });

  it('names the columns url, name and owner in the header of a CSV, in any order', async () => {
    const lines = [
      'Owner, name ,URL,taken',
      'bob,Harbour,https://example.com/a.jpg,2024',
      ',,https://example.com/b.jpg',
      'bob,"Sea, evening ""gold""\nsecond line",https://example.com/c.jpg,',
      '"eve","Sea, ""gold""","https://example.com/d,e.jpg",2024',
    ];
    await expect(importedText(lines.join('\r\n'))).resolves.toEqual({
      found: 3,
      added: 3,
      skipped: [
        {
          file: 'urls.csv:4',
          kind: 'InvalidInput',
          reason: 'the name has a line break or another control character in it',
        },
      ],
    });
    await expect(rows()).resolves.toEqual([
      'https://example.com/a.jpg | Harbour | bob',
      'https://example.com/b.jpg | b.jpg | ann',
      'https://example.com/d,e.jpg | Sea, "gold" | eve',
    ]);
  });

  it('skips lines that are no address by their number and reason, and loses no other', async () => {
    const lines = [
      'url,name',
      'https://example.com/1.jpg,one',
      'http://example.com/2.jpg,two',
      'example.com/3.jpg,three',
      'https://ann:secret@example.com/4.jpg',
      'https://127.0.0.1/5.jpg',
      '',
      'https://example.com/7.jpg,seven,8',
      'https://example.com/8.jpg,"eight',
      'https://example.com/9.jpg,ni"ne"',
      'https://example.com:22/10.jpg',
      `https://example.com/${'x'.repeat(2_000)}`,
      `https://example.com/${'x'.repeat(20_000)}`,
      ',fourteen',
      'https://example.com/15.jpg,fifteen',
    ];
    const result = await importedText(lines.join('\n'));
    expect(result).toMatchObject({ found: 2, added: 2 });
    expect(result.skipped.map(({ file, kind, reason }) => `${file} ${kind}: ${reason}`)).toEqual([
      'urls.csv:3 AddressNotAllowed: only https: addresses are fetched, not http:',
      'urls.csv:4 InvalidInput: this is not an address',
      'urls.csv:5 AddressNotAllowed: an address may not carry a user name or a password',
      'urls.csv:6 AddressNotAllowed: this address is not public',
      'urls.csv:8 InvalidInput: 3 fields where the header has 2',
      'urls.csv:9 InvalidInput: a quotation mark is opened and never closed',
      'urls.csv:10 InvalidInput: a quotation mark stands in the middle of a field',
      'urls.csv:11 AddressNotAllowed: port 22 is not allowed',
      'urls.csv:12 InvalidInput: the address has more than 2000 characters',
      'urls.csv:13 InvalidInput: the line is too long',
      'urls.csv:14 InvalidInput: this is not an address',
    ]);
    expect(JSON.stringify(result)).not.toContain('secret');
  });

  it('goes on after a quotation mark that is never closed', async () => {
    const rest = Array.from({ length: 40 }, (_, i) => `https://example.com/${i}.jpg`);
    const result = await importedText(['url', '"https://example.com/open.jpg', ...rest].join('\n'));
    expect(result).toMatchObject({ found: 40, added: 40, skipped: [{ file: 'urls.csv:2' }] });
  });

  it('does not make one address of the two in a field with a line break', async () => {
    const content = 'url\n"https://example.com/a\nhttps://example.com/b"\nhttps://example.com/c\n';
    await expect(importedText(content)).resolves.toMatchObject({
      found: 1,
      skipped: [{ file: 'urls.csv:2', reason: expect.stringContaining('line break') }],
    });
  });

  it('asks for quotation marks around an address with a comma in a CSV without a header', async () => {
    const content = 'https://example.com/a,b.jpg\n"https://example.com/a,b.jpg"\n';
    await expect(importedText(content)).resolves.toMatchObject({
      found: 1,
      skipped: [{ file: 'urls.csv:1', reason: expect.stringContaining('needs quotation marks') }],
    });
    await expect(importedText(content, 'urls.txt')).resolves.toMatchObject({ found: 2, added: 0 });
  });

  it('understands a byte order mark and every kind of line end', async () => {
    const content = '\uFEFFurl\rhttps://example.com/a.jpg\r\nhttps://example.com/b.jpg\n\r';
    await expect(importedText(content)).resolves.toEqual({ found: 2, added: 2, skipped: [] });
  });

  it('takes http: and private addresses where they are allowed', async () => {
    const path = await list(
      'urls.txt',
      'http://10.0.0.7:8080/a.jpg\nhttp://169.254.169.254/b.jpg\n',
    );
    await expect(imported(path, true)).resolves.toMatchObject({
      found: 1,
      skipped: [{ file: 'urls.txt:2', kind: 'AddressNotAllowed' }],
    });
  });

  it('may be longer than one statement', async () => {
    const lines = Array.from({ length: 1_201 }, (_, i) => `https://example.com/${i}.jpg`);
    await expect(importedText(lines.join('\n'))).resolves.toMatchObject({
      found: 1_201,
      added: 1_201,
    });
  });

  it('survives a file that is no text', async () => {
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7919) % 251));
    const path = join(folder, 'photo.txt');
    await writeFile(path, bytes);
    await expect(imported(path)).resolves.toMatchObject({ found: 0, added: 0 });
  });

  it('finds nothing in an empty file', async () => {
    await expect(importedText('')).resolves.toEqual({ found: 0, added: 0, skipped: [] });
  });
});

describe('a source that cannot be imported', () => {
  const refusal = (source: string) =>
    imported(source).catch((error: unknown) => error) as Promise<{ kind: string; message: string }>;

  it('is refused in one line', async () => {
    const other = await list('people.csv', 'name,age\nann,30\n');
    const expected = {
      [join(folder, 'missing.csv')]: 'there is no such file.',
      [join(folder, 'missing')]: 'there is no such folder.',
      [other]: 'the first line of a CSV must name a column "url".',
      'https://example.com/a.jpg':
        'it must be a folder, s3://bucket/prefix, or a .csv or .txt file of addresses.',
      's3://bucket/photos': 'no access to S3 is set up.',
    };
    for (const [source, reason] of Object.entries(expected)) {
      await expect(refusal(source)).resolves.toMatchObject({
        kind: 'InvalidInput',
        message: `Cannot import ${source}: ${reason}`,
      });
    }
    await expect(refusal('s3://')).resolves.toMatchObject({ kind: 'InvalidInput' });
    await expect(rows()).resolves.toEqual([]);
  });

  it('is not a folder that is named like a list', async () => {
    const source = join(folder, 'photos.csv');
    await mkdir(source);
    await writeFile(join(source, 'a.jpg'), '');
    await expect(imported(source)).resolves.toMatchObject({ found: 1 });
  });
});
