import type { ImageView, Story } from '../../../client.js';
import type { HttpDeps } from '../../http-deps.js';
import { Picture } from '../images/picture.js';
import { stateOf, StateMark } from '../images/image-state.js';
import { StoryTimeline } from './story-timeline.js';
import { VariantsTable } from './variants-table.js';
import { Facts } from './facts.js';

interface LivelyProps {
  view: ImageView;
  story?: Story;
  deps: HttpDeps;
}

/** Whether the page has to look again. */
export function isUnderWay({ status }: ImageView, story?: Story): boolean {
  return status === 'processing' || story?.status === 'running';
}

const COMPLETED = 'Completed';

/** Where it stands, in words. */
export function stateWords(view: ImageView): string {
  return stateOf(view)?.words ?? COMPLETED;
}

/** Changes whenever the page would say something else. */
export function stageOf({ status, readyMaxWidth, steps }: ImageView, story?: Story): string {
  const states = Object.values(steps).map(({ state }) => state);
  const tries = (story?.attempts ?? []).map(({ attempt, outcome }) => `${attempt}${outcome}`);
  return [status, readyMaxWidth, ...states, story?.runId, story?.status, ...tries].join('.');
}

/** What of an image changes while it is being processed. */
export function Lively({ view, story, deps }: LivelyProps) {
  const state = stateOf(view);
  return (
    <div class="lively" id="lively" {...polling(view, story)}>
      <div class="large">
        {view.variants.length > 0 ? (
          <Picture view={view} sizes="(max-width: 720px) 100vw, calc(100vw - 560px)" />
        ) : (
          <NothingYet view={view} />
        )}
      </div>
      <div class="aside">
        <p class="now">
          {state === undefined ? (
            <span class="state good">{COMPLETED}</span>
          ) : (
            <StateMark {...state} />
          )}
        </p>
        <Failures view={view} />
        <Facts view={view} />
      </div>
      <VariantsTable view={view} />
      {story !== undefined && <StoryTimeline story={story} deps={deps} />}
    </div>
  );
}

function polling(view: ImageView, story?: Story) {
  const seen = encodeURIComponent(stageOf(view, story));
  return {
    'hx-get': `/admin/images/${view.id}/live?seen=${seen}`,
    // It may have to be made again.
    'hx-trigger': isUnderWay(view, story) ? 'every 1s' : 'acted from:body',
    'hx-swap': 'outerHTML',
  };
}

function NothingYet({ view }: { view: ImageView }) {
  const { placeholderDataUrl, width = 3, height = 2 } = view;
  if (view.status === 'failed') return <p class="nothing little">There is nothing to show.</p>;
  return placeholderDataUrl === undefined ? (
    <p class="nothing">No variant is ready yet.</p>
  ) : (
    <img src={placeholderDataUrl} alt="A blur of the image" width={width} height={height} />
  );
}

/** Why it is as it is, and what to do about it. */
function Failures({ view: { steps, quarantined } }: { view: ImageView }) {
  const failed = Object.entries(steps).flatMap(([step, { state, failure }]) =>
    state === 'failed' && failure !== undefined ? [{ step, failure }] : [],
  );
  const [first] = failed;
  if (first === undefined) return <></>;
  return (
    <div class="problem">
      <p>
        <strong>{first.failure.message}</strong>{' '}
        <span class="quiet">
          {first.failure.kind}, {failed.map(({ step }) => step).join(' and ')}
        </span>
      </p>
      <p>
        {quarantined
          ? 'It is set aside: mend the file and process it again, or delete it. The same bytes fail again.'
          : 'Look at the steps below, then process it again.'}
      </p>
    </div>
  );
}
