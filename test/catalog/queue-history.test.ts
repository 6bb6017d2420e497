import { beforeEach, describe, expect, it } from 'vitest';
import { useCatalog } from './open.js';

const db = useCatalog();

describe('the last hour of queues', () => {
  beforeEach(() => db.sql('truncate queue_minutes'));

  it('sums what all workers say of a minute', async () => {
    const { queueHistory } = db.catalog;
    await Promise.all([
      queueHistory.add({ a: { completed: 3, failed: 1 }, b: { completed: 0, failed: 2 } }),
      queueHistory.add({ b: { completed: 1, failed: 0 }, a: { completed: 4, failed: 0 } }),
    ]);
    const histories = await queueHistory.lastHour();
    expect(histories.get('a')).toMatchObject({ completed: 7, failed: 1 });
    expect(histories.get('b')).toMatchObject({ completed: 1, failed: 2 });
    // The minute may have turned in between.
    expect(histories.get('a')?.perMinute.slice(-2)).toSatisfy(
      ([before = 0, now = 0]: number[]) => before + now === 8,
    );
    expect(histories.get('a')?.perMinute).toHaveLength(60);
  });

  it('puts every minute in its place, and forgets those of before', async () => {
    const write = (minutesAgo: number, completed: number) =>
      db.sql(
        `insert into queue_minutes (queue, minute, completed, failed)
         values ('a', date_trunc('minute', now()) - $1 * interval '1 minute', $2, 0)`,
        [minutesAgo, completed],
      );
    await write(30, 5);
    await write(70, 9);
    await write(130, 9);
    const { queueHistory } = db.catalog;
    const history = (await queueHistory.lastHour()).get('a');
    expect(history).toMatchObject({ completed: 5, failed: 0 });
    expect(history?.perMinute.indexOf(5)).toBeGreaterThanOrEqual(28);
    expect(history?.perMinute.indexOf(5)).toBeLessThanOrEqual(29);
    await queueHistory.add({ b: { completed: 1, failed: 0 } });
    await expect(db.sql(`select 1 from queue_minutes where queue = 'a'`)).resolves.toHaveLength(2);
  });

  it('takes nothing from nobody', async () => {
    await db.catalog.queueHistory.add({});
    await expect(db.catalog.queueHistory.lastHour()).resolves.toEqual(new Map());
  });
});
