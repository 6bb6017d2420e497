import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { describe, expect, it } from 'vitest';

Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });

const HISTORIES = join(import.meta.dirname, 'histories');
const BUNDLE = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));
const TRACED_BUNDLE = fileURLToPath(
  new URL('../../dist/workflow-bundle-traced.js', import.meta.url),
);

function recorded(name: string) {
  const json: unknown = JSON.parse(readFileSync(join(HISTORIES, name), 'utf8'));
  return historyFromJSON(json);
}

describe('recorded histories', () => {
  const names = readdirSync(HISTORIES);

  it('are there, of every workflow', () => {
    const of = (prefix: string) => names.filter((name) => name.startsWith(prefix)).length;
    expect(of('image-')).toBeGreaterThan(8);
    expect(of('backfill-')).toBeGreaterThan(9);
    expect(of('generation-')).toBe(4);
    expect([of('delete.'), of('sweep'), of('delivery'), of('failure'), of('fsck')]).toEqual([
      ...[1, 4, 2, 1, 2],
    ]);
  });

  it.each(names)('%s replays with the workflows of today', async (name) => {
    await Worker.runReplayHistory({ workflowBundle: { codePath: BUNDLE } }, recorded(name));
  });

  it.each(names)('%s goes on with spans when they are switched on in the middle', async (name) => {
    const workflowBundle = { codePath: TRACED_BUNDLE };
    await Worker.runReplayHistory({ workflowBundle }, recorded(name));
  });

  it('do not replay with a workflow that does something else', async () => {
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath: join(import.meta.dirname, 'broken'),
      logger: new DefaultLogger('ERROR', () => undefined),
    });
    await expect(
      Worker.runReplayHistory({ workflowBundle }, recorded('image-ready.json')),
    ).rejects.toThrow(DeterminismViolationError);
  });
});
