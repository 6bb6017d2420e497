import type { Context } from '@temporalio/activity';
import type {
  ActivityExecuteInput,
  ActivityInboundCallsInterceptor,
  ActivityInterceptors,
  Next,
} from '@temporalio/worker';
import { imageOfWorkflow } from '../domain/ids.js';

/** Adds the image to every line of an activity; workflow, run and attempt are there already. */
export function activityFields({ info }: Context): ActivityInterceptors {
  let imageId = info.inWorkflow
    ? imageOfWorkflow(info.workflowExecution?.workflowId ?? '')
    : undefined;
  return {
    inbound: {
      execute: (
        input: ActivityExecuteInput,
        next: Next<ActivityInboundCallsInterceptor, 'execute'>,
      ) => {
        const [argument] = input.args as [{ imageId?: unknown }?];
        if (typeof argument?.imageId === 'string') imageId = argument.imageId;
        return next(input);
      },
    },
    outbound: {
      getLogAttributes: (attributes, next) =>
        next(imageId === undefined ? attributes : { ...attributes, imageId }),
    },
  };
}
