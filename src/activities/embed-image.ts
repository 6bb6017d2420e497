import { cancellationSignal } from '@temporalio/activity';
import { DarkroomError } from '../domain/failures.js';
import { embeddingText } from '../embedding/embedding-text.js';
import type { ActivityDeps } from './deps.js';
import { awaitsNewBytes, livingImage } from './living-image.js';
import { tell } from './start-deliveries.js';
import { workingOn } from './working-on.js';

export interface EmbedImageInput {
  imageId: string;
  /** Nobody waits behind it, so it may wait long for the provider. */
  patient?: boolean;
}

/**
 * Makes the vector of an image's words. Safe to repeat: there is one vector a model, and the newest
 * replaces the one before.
 */
export const embedImage =
  (deps: ActivityDeps) =>
  async ({ imageId, patient }: EmbedImageInput): Promise<{ dimensions: number }> => {
    const image = await livingImage(deps.catalog, imageId);
    workingOn(image);
    if (awaitsNewBytes(image)) return { dimensions: 0 };
    if (image.metadata === undefined || image.steps.metadata.state !== 'done') {
      throw new DarkroomError('InvalidInput', 'The image has no description to embed.');
    }
    const texts = [embeddingText(image.metadata)];
    const [vector] = await deps.embedding.embed(texts, {
      signal: cancellationSignal(),
      ...(patient !== undefined && { patient }),
    });
    if (vector === undefined) throw new DarkroomError('Unexpected', 'The provider sent no vector.');
    const { source } = deps.embedding;
    await deps.catalog.images.recordEmbedding(imageId, vector, source, image.sha256);
    await tell(deps, imageId);
    return { dimensions: vector.length };
  };
