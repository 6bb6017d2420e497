import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { afterEach, describe, expect, it } from 'vitest';
import { BACKFILL_WORKFLOW_ID, imageWorkflowId } from '../../src/domain/ids.js';
import { FAILURES } from '../../src/domain/failures.js';
import { picture } from '../support/pictures.js';
import { startPipeline, type Pipeline } from '../support/pipeline.js';
import { runEnd } from '../support/run-end.js';

describe('what the Temporal Web UI shows', () => {
  let pipeline: Pipeline;
  afterEach(() => pipeline[Symbol.asyncDispose]());

  const handleOf = (workflowId: string) => pipeline.temporal.workflow.getHandle(workflowId);

  async function summaries(workflowId: string): Promise<string[]> {
    const { events } = await handleOf(workflowId).fetchHistory();
    return (events ?? []).flatMap(({ userMetadata }) =>
      userMetadata?.summary == null ? [] : textOf(userMetadata.summary),
    );
  }

  async function currentDetails(workflowId: string): Promise<string> {
    const metadata = await handleOf(workflowId).query<{ currentDetails: string }>(
      '__temporal_workflow_metadata',
    );
    return metadata.currentDetails;
  }

  it('says of which file an image is, what each step does and where it stands', async () => {
    pipeline = await startPipeline();
    const body = await picture({ widthPx: 1200, heightPx: 800 });
    const { id } = await pipeline.darkroom.upload({ ownerId: 'ann', fileName: 'a_b.jpg', body });
    await handleOf(imageWorkflowId(id)).result();

    expect(await (await handleOf(imageWorkflowId(id)).describe()).staticSummary()).toBe('a_b.jpg');
    const [file, ...steps] = await summaries(imageWorkflowId(id));
    expect(file).toBe('a_b.jpg');
    expect(steps.sort()).toEqual([
      'description',
      'embedding',
      'read the original',
      'tier 1024, 2 of 3',
      'tier 1200, 3 of 3',
      'tier 640, 1 of 3',
    ]);
    expect((await currentDetails(imageWorkflowId(id))).split('\n').slice(2)).toEqual([
      '| file | a\\_b.jpg |',
      '| original | read |',
      '| tiers | 640 stored, 1024 stored, 1200 stored |',
      '| description | done |',
      '| embedding | done |',
    ]);
  });

  it('names the files of a backfill, and says in plain words why one failed', async () => {
    pipeline = await startPipeline();
    await pipeline.addPictures({
      'a.png': await picture({ format: 'png', widthPx: 64, heightPx: 48 }),
      'list.jpg': Buffer.from('towels, hat'),
    });
    const { runId } = await pipeline.darkroom.backfill.start();
    await runEnd(pipeline, runId);

    expect((await summaries(BACKFILL_WORKFLOW_ID)).sort()).toEqual([
      'Backfill of 2 images (missing)',
      'a.png',
      'close the run: succeeded with failures',
      'list.jpg',
      'open the run',
      'page from image 1',
    ]);
    const [failed] = await pipeline.darkroom.images({ status: 'failed' });
    const { events } = await handleOf(imageWorkflowId(failed?.id ?? '')).fetchHistory();
    const messages = (events ?? []).flatMap(
      (event) =>
        (event.activityTaskFailedEventAttributes ?? event.workflowExecutionFailedEventAttributes)
          ?.failure?.message ?? [],
    );
    expect(messages).toHaveLength(2);
    for (const message of messages) {
      expect(message.startsWith(`${FAILURES.NotAnImage.says} (NotAnImage)`)).toBe(true);
    }
    // Where programs and people read it, what was found stands alone.
    const view = await pipeline.darkroom.image(failed?.id ?? '');
    expect(view?.steps.variants.failure?.message).not.toContain('(NotAnImage)');
  });
});

function textOf(payload: Payload): string {
  return defaultPayloadConverter.fromPayload<string>(payload);
}
