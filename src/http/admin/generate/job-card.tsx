import { hasEnded } from '../../../domain/generation.js';
import type { GenerationView } from '../../../client.js';
import { formTo } from '../act.js';
import { JobPicture, WhyNot } from './job-picture.js';
import { JobState, shortPrompt } from './job-state.js';
import { isLive, liveMark, type Job } from './jobs.js';
import { sizeInWords, usageInWords } from './job-words.js';

/** A generation in the history. Nothing in it changes its height, whatever becomes of it. */
export function JobCard({ job, outOfBand = false }: { job: Job; outOfBand?: boolean }) {
  const { generation, image } = job;
  const { id, prompt, model, seed } = generation;
  const facts = [
    sizeInWords(generation),
    ...(model === undefined ? [] : [model]),
    ...(seed === undefined ? [] : [`seed ${seed}`]),
    ...usageInWords(generation),
  ];
  const picture = <JobPicture job={job} sizes="(max-width: 720px) 100vw, 240px" lazy />;
  return (
    <li class="job" id={`job-${id}`} {...(outOfBand && { 'hx-swap-oob': 'true' })}>
      <div class="shown">
        {image === undefined ? (
          picture
        ) : (
          <a id={`picture-${id}`} href={`/admin/images/${image.id}`}>
            {picture}
          </a>
        )}
        <WhyNot job={job} />
      </div>
      <p class="now">
        <JobState generation={generation} />
      </p>
      <p class="prompt">
        <a id={`open-${id}`} href={`/admin/generate/${id}`} title={prompt}>
          {prompt === '' ? shortPrompt(prompt) : prompt}
        </a>
      </p>
      <p class="quiet facts-line">{facts.join(', ')}</p>
      <JobActions generation={generation} />
      {isLive(job) && <input type="hidden" name="live" value={liveMark(job)} />}
    </li>
  );
}

/**
 * Whoever is at the button when its kind changes stays where they are: hence one id, and a button that
 * has been pressed keeps the focus.
 */
export function JobActions({ generation }: { generation: GenerationView }) {
  const { id, prompt, status, imageId, cancelRequestedAt } = generation;
  const about = shortPrompt(prompt);
  if (hasEnded(generation)) {
    const words = status === 'completed' ? 'Use again' : 'Try again';
    return (
      <div class="actions">
        <a
          class="button"
          id={`act-${id}`}
          href={`/admin/generate?again=${id}`}
          aria-label={`${words}: ${about}`}
        >
          {words}
        </a>
        {status === 'completed' && imageId !== undefined && (
          <a
            class="button"
            id={`image-${id}`}
            href={`/admin/images/${imageId}`}
            aria-label={`Image: ${about}`}
          >
            Image
          </a>
        )}
      </div>
    );
  }
  return (
    <div class="actions">
      <form {...formTo(`/admin/generate/${id}/cancel`)}>
        <button
          id={`act-${id}`}
          aria-disabled={cancelRequestedAt === undefined ? undefined : 'true'}
          aria-label={`Cancel: ${about}`}
        >
          Cancel
        </button>
      </form>
    </div>
  );
}
