import type { GenerationView } from '../../../client.js';
import { failureOf } from '../../../domain/failures.js';
import { hasEnded } from '../../../domain/generation.js';
import { Picture } from '../images/picture.js';
import { isBeyondShown, ratioClass, shownRatio } from '../images/ratio.js';
import type { Job } from './jobs.js';

interface JobPictureProps {
  job: Job;
  /** How wide it is shown, as the attribute `sizes` says it. */
  sizes: string;
  lazy?: boolean;
}

/** A box of the shape that was asked for: empty, then with a bar, then with the picture in it. */
export function JobPicture({ job: { generation, image }, sizes, lazy = false }: JobPictureProps) {
  const shape = ratioClass(shownRatio(generation));
  const beyond = isBeyondShown(generation) ? ' whole' : '';
  return (
    <span class={`shape ${shape}${beyond}${hasEnded(generation) ? ' ended' : ''}`}>
      {image?.placeholderDataUrl !== undefined && (
        <img class="blur" src={image.placeholderDataUrl} alt="" width="32" height="32" />
      )}
      {image !== undefined && <Picture view={image} sizes={sizes} lazy={lazy} />}
      {!hasEnded(generation) && <Bar {...generation} />}
    </span>
  );
}

/** The numbers stand beside it, as text. */
function Bar({ progress }: GenerationView) {
  return (
    <svg class="bar" width="100%" height="8" aria-hidden="true">
      <rect class="bar-track" width="100%" height="8" rx="2" />
      <rect class="going" width={`${progress}%`} height="8" rx="2" />
    </svg>
  );
}

/** Why there is no picture, in plain words; nothing when there is one, or may be one soon. */
export function WhyNot({ job: { generation, image } }: { job: Job }) {
  const { status, failure } = generation;
  if (status === 'failed') {
    const { kind, message } = failure ?? { kind: 'Unexpected', message: '' };
    const { says } = failureOf(kind);
    return (
      <span class="why-not">
        <strong>{says}</strong>
        {message !== '' && message !== says && <span>{message}</span>}
      </span>
    );
  }
  if (status === 'cancelled') return <span class="why-not quiet">It was cancelled.</span>;
  if (status !== 'completed') return <></>;
  if (image === undefined) return <span class="why-not quiet">Its image was deleted.</span>;
  if (image.variants.length === 0 && image.status === 'failed') {
    return <span class="why-not">Its image could not be processed: see the image.</span>;
  }
  return <></>;
}
