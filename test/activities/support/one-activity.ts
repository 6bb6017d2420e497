import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';

export type Work = () => Promise<string>;

/** A workflow that does nothing but one activity, tried again as ours are but without the waits. */
export async function oneActivity(options: Partial<ActivityOptions>): Promise<string> {
  const { work } = proxyActivities<{ work: Work }>({
    startToCloseTimeout: '1 minute',
    heartbeatTimeout: '10 seconds',
    retry: {
      initialInterval: '10 milliseconds',
      maximumInterval: '10 milliseconds',
      maximumAttempts: 60,
    },
    ...options,
  });
  return work();
}
