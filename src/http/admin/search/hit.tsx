import type { SearchHit } from '../../../client.js';
import { hexOf } from '../../../domain/color-names.js';
import type { Why } from '../../../domain/search.js';
import { altOf, Picture } from '../images/picture.js';
import { percent } from '../words.js';

const WIDTH_PX = 240;

/** An image that was found, and why. */
export function Hit({ hit: { image, why } }: { hit: SearchHit }) {
  return (
    <li class="hit">
      <a href={`/admin/images/${image.id}`}>
        {image.placeholderDataUrl !== undefined && (
          <img class="blur" src={image.placeholderDataUrl} alt="" width="32" height="32" />
        )}
        {image.variants.length > 0 ? (
          <Picture view={image} sizes={`${WIDTH_PX}px`} lazy />
        ) : (
          <span class="name">{altOf(image)}</span>
        )}
      </a>
      <ul class="reasons" aria-label="Found by">
        {why.map((reason) => (
          <li>
            <Reason why={reason} />
          </li>
        ))}
      </ul>
    </li>
  );
}

function Reason({ why }: { why: Why }) {
  switch (why.by) {
    case 'words':
      return (
        <>
          {why.words.length === 1 ? 'word' : 'words'} <strong>{why.words.join(', ')}</strong>
        </>
      );
    case 'meaning':
      return (
        <>
          {why.provider === 'builtin' ? 'wording' : 'meaning'} {percent(why.likeness, 1)} % alike
        </>
      );
    case 'color':
      return <Colors colors={why.colors} />;
  }
}

function Colors({ colors }: { colors: { name: string; share: number }[] }) {
  return (
    <>
      {colors.map(({ name, share }) => (
        <span class="color">
          <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
            <rect x="1" y="1" width="10" height="10" rx="3" fill={hexOf(name) ?? 'none'} />
          </svg>
          {name} {percent(share, 1)} %
        </span>
      ))}
    </>
  );
}
