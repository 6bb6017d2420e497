import { Context } from '@temporalio/activity';
import { DarkroomError } from '../domain/failures.js';
import type { EncoderJob, EncoderJobs } from '../imaging/encoder-jobs.js';
import type { EncoderPool, RunOptions } from '../imaging/encoder-pool.js';
import { crashesBefore } from './failure-boundary.js';

/** So often an encoder may die of an image in company: the machine's memory may have been the reason. */
const CRASHES_IN_COMPANY = 2;

/**
 * Runs a job of the current activity, at its priority. An image under which the encoder has died twice
 * has the pool to itself the third time: neighbours are neither to blame then nor in danger.
 * @throws DarkroomError as the pool does; `ImageKillsEncoder` when the encoder died of it alone.
 */
export async function runEncoder<K extends EncoderJob>(
  encoders: EncoderPool,
  job: K,
  input: EncoderJobs[K]['input'],
  limits: Pick<RunOptions, 'signal' | 'timeoutMs'>,
): Promise<EncoderJobs[K]['output']> {
  const context = Context.current();
  const priority = context.info.priority?.priorityKey;
  const alone = crashesBefore(context) >= CRASHES_IN_COMPANY;
  const options = {
    ...limits,
    ...(priority !== undefined && { priority }),
    ...(alone && { alone }),
  };
  try {
    return await encoders.run(job, input, options);
  } catch (error) {
    const crashed = error instanceof DarkroomError && error.kind === 'EncoderCrashed';
    if (!crashed || !alone) throw error;
    throw new DarkroomError('ImageKillsEncoder', error.message, { cause: error });
  }
}
