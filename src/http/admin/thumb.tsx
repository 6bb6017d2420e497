import type { ImageView } from '../../client.js';

/** A small square of the image: as sharp as there is something of it. */
export function Thumb({ view }: { view?: ImageView }) {
  const smallest = view?.variants.find(({ format }) => format === 'webp') ?? view?.variants[0];
  const src = smallest?.url ?? view?.placeholderDataUrl;
  return (
    <span class="thumb">
      {src !== undefined && (
        <img src={rooted(src)} alt="" width="40" height="40" decoding="async" />
      )}
    </span>
  );
}

/** A VARIANT_BASE_URL with neither a scheme nor a slash in front is meant below the root of the site. */
export function rooted(url: string): string {
  return /^([a-z][a-z0-9+.-]*:|\/)/i.test(url) ? url : `/${url}`;
}
