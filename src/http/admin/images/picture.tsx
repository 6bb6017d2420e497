import type { ImageView } from '../../../client.js';
import type { Format } from '../../../domain/recipe.js';
import { rooted } from '../thumb.js';

/** The smaller format first: browsers take the first source that they know. */
const ORDER: Format[] = ['avif', 'webp'];

interface PictureProps {
  view: ImageView;
  /** How wide it is shown, as the attribute `sizes` says it. */
  sizes: string;
  /** In lists, pictures further down wait until they are near. */
  lazy?: boolean;
}

/** What is ready of the image, so that the browser takes the smallest that is large enough. */
export function Picture({ view, sizes, lazy = false }: PictureProps) {
  const of = (format: Format) => view.variants.filter((variant) => variant.format === format);
  const fallback = view.variants.find(({ format }) => format === 'webp') ?? view.variants[0];
  if (fallback === undefined) return <></>;
  return (
    <picture>
      {ORDER.map(of)
        .filter((variants) => variants.length > 0)
        .map((variants) => (
          <source
            type={`image/${variants[0]?.format}`}
            srcset={variants.map(({ url, widthPx }) => `${rooted(url)} ${widthPx}w`).join(', ')}
            sizes={sizes}
          />
        ))}
      <img
        src={rooted(fallback.url)}
        alt={altOf(view)}
        width={String(view.width ?? fallback.widthPx)}
        height={String(view.height ?? fallback.heightPx)}
        decoding="async"
        {...(lazy && { loading: 'lazy' as const })}
      />
    </picture>
  );
}

export function altOf({ metadata, fileName }: ImageView): string {
  return metadata?.description || fileName;
}
