import { counted } from '../../../domain/counted.js';
import type { ImageView } from '../../../client.js';
import type { Facets } from '../../../catalog/overview.js';
import { More } from '../more.js';
import { Cell } from './cell.js';
import { addressOf, isEmpty, type Filter } from './filter.js';
import { FilterForm } from './filter-form.js';

export interface LibraryProps {
  views: ImageView[];
  /** Id after which the next page begins; absent on the last. */
  next?: string;
  /** Whether the page is one of the later ones. */
  later: boolean;
  filter: Filter;
  facets: Facets;
  /** Living images of the whole library. */
  total: number;
}

/** The page Images: upload, filter, and the pictures. */
export function Library(props: LibraryProps) {
  const { total } = props;
  return (
    <div class="images" id="library-page">
      <header class="head">
        <h1>
          Images <span class="count">{counted(total, 'image')}</span>
        </h1>
        <UploadForm />
      </header>
      {total > 0 && <FilterForm filter={props.filter} facets={props.facets} />}
      <div id="library">
        <Pictures {...props} />
      </div>
    </div>
  );
}

/** Script takes it over: it sends each file by itself, and those that are dropped anywhere. */
function UploadForm() {
  return (
    <form class="upload" method="post" action="/admin/images" encType="multipart/form-data">
      <label class="button" for="files">
        Add images
      </label>
      <input id="files" type="file" name="file" multiple accept="image/*,.heic,.heif" />
      <noscript>
        <button>Upload</button>
      </noscript>
      <span class="quiet hint">or drop them anywhere</span>
    </form>
  );
}

function Pictures({ views, next, later, filter, total }: LibraryProps) {
  return (
    <>
      {views.length === 0 && total > 0 && (
        <section class="empty">
          <p>
            {later ? 'There are no more images.' : 'No image is like that.'}{' '}
            <a href="/admin/images">Show all images</a>
            {!isEmpty(filter) && ' or choose less.'}
          </p>
        </section>
      )}
      {total === 0 && (
        <section class="empty" id="no-images">
          <p>
            There are no images yet. Drop some files here, choose them with “Add images”, or
            register a folder with <code>darkroom import DIR</code>.
          </p>
        </section>
      )}
      <ul class="grid" id="grid" aria-label="Images">
        {views.map((view) => (
          <Cell view={view} />
        ))}
      </ul>
      <div
        id="live"
        hx-get="/admin/images/cells"
        hx-trigger="poll"
        hx-include="#grid"
        hx-swap="none"
      />
      <MoreImages filter={filter} {...(next !== undefined && { next })} />
    </>
  );
}

/** Each brings the next, which an answer to it puts in its place. */
export function MoreImages({
  filter,
  next,
  outOfBand = false,
}: {
  filter: Filter;
  next?: string;
  outOfBand?: boolean;
}) {
  const href = next === undefined ? undefined : addressOf(filter, { after: next });
  return <More href={href} list="grid" part="more" outOfBand={outOfBand} />;
}
