import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SearchResult } from '../../src/client.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { openTemporaryFolder, type OpenedFolder } from '../support/temporary-folder.js';
import { darkroom, jsonOf, type Ended } from './darkroom-program.js';

describe.sequential('darkroom', () => {
  let pipeline: Pipeline;
  let folder: OpenedFolder;
  let first: string;

  beforeAll(async () => {
    folder = openTemporaryFolder();
    pipeline = await startPipeline();
    for (const [at, fileName] of ['harbor-two.jpg', 'harbor-one.jpg'].entries()) {
      const body = await picture({ widthPx: 300, heightPx: 200, seed: at });
      first = (await pipeline.darkroom.upload({ ownerId: 'ann', fileName, body })).id;
      await pipeline.darkroom.process(first, { wait: true });
    }
  });
  afterAll(async () => {
    await pipeline[Symbol.asyncDispose]();
    await folder[Symbol.asyncDispose]();
  });

  const run = (...args: string[]): Promise<Ended> =>
    darkroom(args, { cwd: folder.path, env: pipeline.env });

  it('search lists what it finds and why, with filters', async () => {
    const { code, stdout } = await run('search', 'harbor', 'one', '--owner', 'ann');
    expect(code).toBe(0);
    const [head, best, ...others] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/^IMAGE +FILE +WHY$/);
    expect(best).toMatch(new RegExp(`^${first} +harbor-one.jpg +words harbor, one`));
    expect(others).toHaveLength(1);
    const found = jsonOf<SearchResult>(
      await run(
        'search',
        'harbor',
        '--limit',
        '1',
        '--tag',
        'harbor',
        '--tag',
        'landscape',
        '--json',
      ),
    );
    expect(found.hits).toHaveLength(1);
    expect(found.next).toBe(found.hits[0]?.image.id);
    const none = await run('search', 'harbor', '--to', '2001-01-01');
    expect(none).toEqual({ code: 0, stdout: 'No image passes the filters.\n', stderr: '' });
  });

  it.each([
    [['search', ' '], 'The query is empty: say what to look for.\n'],
    [['search', 'x', '--color', 'nonsense'], '"nonsense" is no colour'],
    [['search', 'x', '--from', 'never'], 'It must be a day like 2026-01-31'],
    [['search', 'x', '--limit', '101'], 'The limit must be a whole number from 1 to 100.'],
    [['search'], "missing required argument 'query'"],
  ])('%j is refused', async (args, words) => {
    const ended = await run(...args);
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(words) });
  });

  it('similar lists images like one', async () => {
    const { code, stdout } = await run('similar', first);
    expect(code).toBe(0);
    expect(stdout).toMatch(/harbor-two\.jpg +wording \d+ %/);
    const found = jsonOf<SearchResult>(await run('similar', first, '--owner', 'bob', '--json'));
    expect(found).toEqual({ hits: [], nothingFound: 'nothingClose' });
    await expect(run('similar', 'nonsense')).resolves.toMatchObject({
      code: 1,
      stderr: 'There is no image nonsense.\n',
    });
  });
});
