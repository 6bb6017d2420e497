import { type Client, isGrpcServiceError, ServiceError } from '@temporalio/client';
import type { DueDelivery } from '../catalog/deliveries.js';
import type { WaitingImage } from '../catalog/requests.js';
import { DarkroomError } from '../domain/failures.js';
import type { Generation } from '../domain/generation.js';
import { deliveryWorkWith } from './delivery-work.js';
import { generationWorkWith } from './generation-work.js';
import { asked } from '../open/ask-temporal.js';
import { startImage } from './start-image.js';

/** What the bridge does with workflows. @throws DarkroomError `TemporalUnavailable` */
export interface RequestWork {
  /**
   * Starts it; nothing, and false, when it runs already or has run to its end.
   * @throws DarkroomError `InvalidInput` when Temporal will never take it
   */
  startGeneration(generation: Pick<Generation, 'id' | 'ownerId' | 'prompt'>): Promise<boolean>;
  /** @returns false when nothing works on it */
  cancelGeneration(generationId: string): Promise<boolean>;
  /** Starts it, or hands the request to the work that is under way. @throws as above */
  startImage(image: WaitingImage): Promise<void>;
  startDelivery(due: DueDelivery): Promise<void>;
}

/** @param eager the client's connection is that of a worker in this process */
export function requestWorkWith(
  client: Client,
  { eager }: { eager?: boolean | undefined } = {},
): RequestWork {
  const generations = generationWorkWith(client, { eager, once: true });
  const deliveries = deliveryWorkWith(client);
  return {
    startGeneration: (generation) => unlessRefused(() => generations.start(generation)),
    cancelGeneration: (generationId) => generations.cancel(generationId),
    startImage: async ({ steps, ...image }) => {
      await unlessRefused(() => asked(() => startImage(client, image, { steps })));
    },
    startDelivery: async (due) => {
      await deliveries.start(due);
    },
  };
}

/** Of the codes of gRPC. */
const INVALID_ARGUMENT = 3;

/** What Temporal refuses is wrong with one row; anything else that it says is an outage. */
async function unlessRefused<T>(start: () => Promise<T>): Promise<T> {
  return start().catch((error: unknown) => {
    const said = error instanceof DarkroomError ? error.cause : error;
    const { cause } = said instanceof ServiceError ? said : {};
    if (!isGrpcServiceError(cause) || Number(cause.code) !== INVALID_ARGUMENT) throw error;
    throw new DarkroomError('InvalidInput', cause.details, { cause: error });
  });
}
