import type { GenerationView, ImageView, SearchHit, Story } from '../../../client.js';
import type { HttpDeps } from '../../http-deps.js';
import { formTo } from '../act.js';
import { SaidBox } from '../said.js';
import { MadeFrom } from './made-from.js';
import { Lively } from './lively.js';
import { Similar } from './similar.js';

interface ImagePageProps {
  view: ImageView;
  story?: Story;
  similar: SearchHit[];
  /** That it came from; absent: somebody brought it. */
  generation?: GenerationView;
  deps: HttpDeps;
}

/** One image: the picture, what is known of it, its files, its story, and what to do with it. */
export function ImagePage(props: ImagePageProps) {
  return (
    <div class="image">
      <header class="head">
        <h1 tabindex={-1}>{props.view.fileName}</h1>
        <Actions {...props} />
      </header>
      {props.generation !== undefined && <MadeFrom generation={props.generation} />}
      <Lively {...props} />
      <SaidBox />
      <Similar hits={props.similar} />
    </div>
  );
}

function Actions({ view }: ImagePageProps) {
  const address = `/admin/images/${view.id}`;
  return (
    <div class="actions">
      <form {...formTo(`${address}/process`)}>
        <button id="process">Process again</button>
      </form>
      {view.pictureHtml !== undefined && (
        <details class="panel" id="markup-panel">
          <summary class="button">Picture markup</summary>
          <div>
            <label for="markup">What a page needs to show this image</label>
            <textarea id="markup" readonly rows={6} spellcheck={false}>
              {view.pictureHtml}
            </textarea>
            <button type="button" id="copy" data-copy="markup" hidden>
              Copy
            </button>
          </div>
        </details>
      )}
      {view.originalKept && (
        <a class="button" href={`/api/v1/images/${view.id}/original`}>
          Open original
        </a>
      )}
      <a class="button" href={`/admin/generate?source=${view.id}`}>
        Use as source
      </a>
      <details class="panel" id="delete-panel">
        <summary class="button">Delete</summary>
        <form {...formTo(`${address}/delete`)}>
          <p>Variants, description and search entry go for good; work that is under way stops.</p>
          {view.originalKept && (
            <label>
              <input type="checkbox" name="original" /> the original too
            </label>
          )}
          <button id="delete" class="danger">
            Delete this image
          </button>
        </form>
      </details>
    </div>
  );
}
