import { afterEach, describe, expect, it, vi } from 'vitest';
import { fakeReplicateSettings } from '../../src/dev/fake-replicate.js';
import { generationWorkflowId } from '../../src/domain/ids.js';
import { Client, Connection } from '@temporalio/client';
import { useFakeReplicate } from '../support/fake-replicate.js';
import { startTestStack, type TestStack } from '../support/stack.js';

const fake = useFakeReplicate();

describe('a worker process', () => {
  let test: TestStack;
  afterEach(() => test[Symbol.asyncDispose]());

  async function ask(): Promise<string> {
    const [added] = await test.darkroom.generate({ prompt: 'a red door', width: 96, height: 64 });
    return added?.id ?? '';
  }
  async function endOf(id: string) {
    const connection = await Connection.connect({ address: test.stack.temporalAddress });
    await new Client({ connection }).workflow.getHandle(generationWorkflowId(id)).result();
    await connection.close();
    return test.darkroom.generation(id);
  }
  async function kill(): Promise<void> {
    const { worker } = test.stack;
    if (worker?.pid === undefined) throw new Error('there is no worker');
    const { restarts } = worker;
    process.kill(worker.pid, 'SIGKILL');
    await vi.waitUntil(() => worker.restarts > restarts, { timeout: 60_000 });
  }

  it('may be killed between the create and its record: it is paid for once', async () => {
    test = await startTestStack(fakeReplicateSettings(fake));
    fake.fail({ on: 'create', hang: true, done: true });
    const id = await ask();
    await vi.waitUntil(() => fake.ledger().length === 1, { timeout: 60_000 });
    await kill();
    const end = await endOf(id);
    expect(end).toMatchObject({ status: 'completed', attemptNumber: 1 });
    expect(fake.ledger()).toMatchObject([{ id: end?.predictionId }]);
  }, 180_000);

  it('may be killed while a picture is made: the next one waits for the same', async () => {
    test = await startTestStack(fakeReplicateSettings(fake));
    fake.always({ runMs: 8_000 });
    const id = await ask();
    const placed = async () => (await test.darkroom.generation(id))?.predictionId !== undefined;
    await vi.waitUntil(placed, { timeout: 60_000 });
    await kill();
    const end = await endOf(id);
    expect(end).toMatchObject({ status: 'completed', attemptNumber: 1 });
    expect(fake.ledger()).toMatchObject([{ id: end?.predictionId, status: 'succeeded' }]);
  }, 180_000);
});
