import type { Child } from 'hono/jsx';
import { generationWorkflowId, isUuid } from '../../../domain/ids.js';
import type { HttpDeps } from '../../http-deps.js';
import { Moment } from '../moment.js';
import { SaidBox } from '../said.js';
import { workflowUrl } from '../temporal-link.js';
import { took } from '../words.js';
import { JobActions } from './job-card.js';
import { JobPicture, WhyNot } from './job-picture.js';
import { JobState, shortPrompt } from './job-state.js';
import { sizeInWords, usageInWords } from './job-words.js';
import { isLive, stageOf, type Job } from './jobs.js';

interface GenerationPageProps {
  job: Job;
  deps: HttpDeps;
}

export function GenerationPage(props: GenerationPageProps) {
  return (
    <div class="one-generation">
      <header class="head">
        <h1 tabindex={-1}>{shortPrompt(props.job.generation.prompt)}</h1>
        <a class="button" href="/admin/generate">
          All generations
        </a>
      </header>
      <GenerationRegion {...props} />
      <SaidBox />
    </div>
  );
}

/** Everything that changes while it is being made. */
export function GenerationRegion({ job, deps }: GenerationPageProps) {
  const { generation, image } = job;
  const picture = <JobPicture job={job} sizes="(max-width: 960px) 100vw, calc(100vw - 560px)" />;
  return (
    <div class="lively" id="generation" {...polling(job)}>
      <div class="large">
        {image === undefined ? (
          picture
        ) : (
          <a id="picture" href={`/admin/images/${image.id}`}>
            {picture}
          </a>
        )}
      </div>
      <div class="aside">
        <p class="now">
          <JobState generation={generation} />
        </p>
        <WhyNot job={job} />
        <JobActions generation={generation} />
        <Asked job={job} />
        <Became job={job} deps={deps} />
      </div>
    </div>
  );
}

function polling(job: Job) {
  if (!isLive(job)) return {};
  return {
    'hx-get': `/admin/generate/${job.generation.id}/live?seen=${encodeURIComponent(stageOf(job))}`,
    'hx-trigger': 'every 1s',
    'hx-swap': 'outerHTML',
  };
}

/** What was wanted. */
function Asked({ job: { generation } }: { job: Job }) {
  const { prompt, styledPrompt, style, seed, steps, guidanceScale, strength } = generation;
  return (
    <dl class="facts" aria-label="What was asked for">
      <Fact name="Prompt">{prompt}</Fact>
      <Fact name="Style">{style}</Fact>
      <Fact name="As sent">{styledPrompt !== prompt && styledPrompt}</Fact>
      <Fact name="Without">{generation.negativePrompt}</Fact>
      <Fact name="Size">{sizeInWords(generation)}</Fact>
      <Fact name="Format">{generation.format}</Fact>
      <Fact name="Seed">{seed}</Fact>
      <Fact name="Steps">{steps}</Fact>
      <Fact name="Guidance">{guidanceScale}</Fact>
      <Fact name="Source">{generation.sourceImage && source(generation.sourceImage)}</Fact>
      <Fact name="Strength">{strength}</Fact>
      <Fact name="Priority">{generation.priority}</Fact>
      <Fact name="Owner">{generation.ownerId}</Fact>
    </dl>
  );
}

/** Only images of ours are linked: an address may have been anything. */
function source(sourceImage: string): Child {
  if (!isUuid(sourceImage)) return sourceImage;
  return (
    <a id="source" href={`/admin/images/${sourceImage}`}>
      image {sourceImage}
    </a>
  );
}

/** Who made it, how it went, and what it cost. */
function Became({ job: { generation, image }, deps }: GenerationPageProps) {
  const { id, provider, model, modelVersion, attemptNumber, maxAttempts, failure } = generation;
  const { startedAt, finishedAt, cancelRequestedAt, durationMs } = generation;
  const workflow = workflowUrl(deps, generationWorkflowId(id));
  return (
    <dl class="facts" aria-label="What became of it">
      <Fact name="Image">
        {image && (
          <a id="became" href={`/admin/images/${image.id}`}>
            {image.fileName}
          </a>
        )}
      </Fact>
      <Fact name="Provider">
        {provider ?? `${deps.settings.generation.provider}, as configured`}
      </Fact>
      <Fact name="Model">{model ?? `${deps.settings.generation.model}, as configured`}</Fact>
      <Fact name="Version">{modelVersion}</Fact>
      <Fact name="Tries">
        {attemptNumber} of {maxAttempts}
      </Fact>
      <Fact name="Prediction">{generation.predictionId}</Fact>
      <Fact name="Failure">{failure?.kind}</Fact>
      <Fact name="Usage">{usageInWords(generation).join(', ')}</Fact>
      <Fact name="Asked for">{<Moment at={generation.createdAt} />}</Fact>
      <Fact name="Started">{startedAt && <Moment at={startedAt} />}</Fact>
      <Fact name="Cancel">{cancelRequestedAt && <Moment at={cancelRequestedAt} />}</Fact>
      <Fact name="Ended">{finishedAt && <Moment at={finishedAt} />}</Fact>
      <Fact name="Took">{durationMs !== undefined && took(durationMs)}</Fact>
      <Fact name="Time-out">{generation.timeoutSeconds} s</Fact>
      <Fact name="Id">{id}</Fact>
      <Fact name="Temporal">
        {workflow && (
          <a id="workflow" href={workflow}>
            workflow {id.slice(0, 8)}
          </a>
        )}
      </Fact>
    </dl>
  );
}

/** Nothing where nothing is known. */
function Fact({ name, children }: { name: string; children?: Child }) {
  if (children === undefined || children === false || children === '') return <></>;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
