import type { BackfillPreview } from '../../../client.js';
import { counted } from '../../../domain/counted.js';
import type { Scope } from '../../../domain/runs.js';
import { formTo } from '../act.js';
import { about, size } from '../words.js';

const SCOPE_WORDS: Record<Scope, { name: string; says: string }> = {
  missing: { name: 'Missing', says: 'never processed, or not finished' },
  stale: { name: 'Stale', says: 'made with another recipe or by another provider' },
  failed: { name: 'Failed', says: 'failed the last time, not set aside' },
  all: { name: 'All', says: 'everything again, also what is done' },
};

/** What a run could take, and the one button that starts it. */
export function StartForm({ previews }: { previews: BackfillPreview[] }) {
  // What is done already is done again only by those who say so.
  const chosen = previews.find(({ images, scope }) => images > 0 && scope !== 'all')?.scope;
  const nothing = previews.every(({ images }) => images === 0);
  return (
    <form {...formTo('/admin/tasks/start')} class="start">
      <fieldset>
        <legend>
          <h2>Start a backfill</h2>
        </legend>
        {previews.map((preview) => (
          <Choice preview={preview} chosen={preview.scope === chosen} />
        ))}
      </fieldset>
      <button id="start-run" class="primary" disabled={nothing}>
        Start
      </button>
    </form>
  );
}

function Choice({ preview, chosen }: { preview: BackfillPreview; chosen: boolean }) {
  const { scope, images } = preview;
  const { name, says } = SCOPE_WORDS[scope];
  return (
    <label class={`choice${images === 0 ? ' nothing' : ''}`}>
      <input
        type="radio"
        name="scope"
        value={scope}
        id={`scope-${scope}`}
        checked={chosen}
        disabled={images === 0}
        required
      />
      <span class="choice-name">{name}</span>
      <span class="choice-says">{says}</span>
      <span class="choice-count">{counted(images, 'image')}</span>
      <span class="choice-cost">{images === 0 ? '' : costInWords(preview)}</span>
    </label>
  );
}

type Cost = Pick<BackfillPreview, 'minutes' | 'bytes'> & { providerCalls?: number };

/** Calls first: they are what is paid for. */
export function costInWords({ minutes, bytes, providerCalls = 0 }: Cost): string {
  const own = [
    ...(minutes === undefined ? [] : [about(minutes * 60)]),
    ...(bytes > 0 ? [size(bytes)] : []),
  ];
  const words = own.length === 0 ? 'cost not known yet' : own.join(' and ');
  return providerCalls === 0 ? words : `${counted(providerCalls, 'provider call')}, ${words}`;
}
