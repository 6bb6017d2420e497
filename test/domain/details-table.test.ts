import { describe, expect, it } from 'vitest';
import { detailsTable } from '../../src/domain/details-table.js';

describe('detailsTable', () => {
  it('is a row a line, and shows names of files as they are written', () => {
    const rows = [
      ['file', 'a|b_c<img>.jpg'],
      ['failed', 3],
    ] as const;
    expect(detailsTable(rows).split('\n')).toEqual([
      '| | |',
      '|---|---|',
      '| file | a\\|b\\_c\\<img\\>.jpg |',
      '| failed | 3 |',
    ]);
  });
});
