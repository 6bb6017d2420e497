import type { Darkroom, GenerationView, ImageView } from '../../../client.js';
import { hasEnded } from '../../../domain/generation.js';
import { isUnsettled, stageOf as stageOfImage } from '../images/cell.js';

/** A generation and what there is of its picture. */
export interface Job {
  generation: GenerationView;
  /** Absent until it is completed, and when the image was deleted since. */
  image?: ImageView;
}

export async function jobsOf(darkroom: Darkroom, generations: GenerationView[]): Promise<Job[]> {
  const ids = generations.flatMap(({ imageId }) => (imageId === undefined ? [] : [imageId]));
  const images = ids.length === 0 ? [] : await darkroom.viewsOf([...new Set(ids)]);
  return generations.map((generation) => {
    const image = images.find(({ id }) => id === generation.imageId);
    return { generation, ...(image && { image }) };
  });
}

/** Whether there is more to see of it soon: it is being made, or its picture gets sharper. */
export function isLive({ generation, image }: Job): boolean {
  return !hasEnded(generation) || (image !== undefined && isUnsettled(image));
}

/** Changes whenever the page would say something else. */
export function stageOf({ generation, image }: Job): string {
  const { status, progress, attemptNumber, cancelRequestedAt } = generation;
  const wanted = cancelRequestedAt === undefined ? 1 : 0;
  return [status, progress, attemptNumber, wanted, image && stageOfImage(image)].join(',');
}

/** What the page shows of one that still changes: which one, and how it looks. */
export function liveMark(job: Job): string {
  return `${job.generation.id}|${stageOf(job)}`;
}

export function readLiveMark(text: string): { id: string; stage: string } {
  const [id = '', stage = ''] = text.split('|');
  return { id, stage };
}
