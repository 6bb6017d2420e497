import type { ImageView } from '../../../client.js';
import { number } from '../../../domain/counted.js';
import type { CameraFacts } from '../../../domain/image.js';
import { addressOf } from '../images/filter.js';
import { Moment } from '../moment.js';
import { size } from '../words.js';
import { colorName } from '../../../domain/color-names.js';

/** What is known of an image in words: described, coloured, taken. */
export function Facts({ view }: { view: ImageView }) {
  const { metadata, camera, colors } = view;
  return (
    <>
      {metadata !== undefined && <p class="description">{metadata.description}</p>}
      {metadata !== undefined && metadata.tags.length > 0 && (
        <ul class="tags" aria-label="Tags">
          {metadata.tags.map((tag, index) => (
            <li>
              <a id={`tag-${index}`} href={addressOf({ tag })}>
                {tag}
              </a>
            </li>
          ))}
        </ul>
      )}
      {colors.length > 0 && <Colors colors={colors} />}
      <dl class="facts">
        {metadata?.category && <Fact name="Category" value={metadata.category} />}
        {metadata?.mood && <Fact name="Mood" value={metadata.mood} />}
        {view.width !== undefined && view.height !== undefined && (
          <Fact name="Original" value={`${number(view.width)} × ${number(view.height)} px`} />
        )}
        {view.sizeBytes !== undefined && (
          <Fact name="File" value={[size(view.sizeBytes), view.mediaType].join(', ')} />
        )}
        {camera !== undefined &&
          cameraFacts(camera).map(([name, value]) => <Fact name={name} value={value} />)}
        <Fact name="Owner" value={view.ownerId} href={addressOf({ owner: view.ownerId })} />
        <div>
          <dt>Added</dt>
          <dd>
            <Moment at={view.createdAt} />
          </dd>
        </div>
      </dl>
    </>
  );
}

function Fact({ name, value, href }: { name: string; value: string; href?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {href === undefined ? (
          value
        ) : (
          <a id={`fact-${name}`} href={href}>
            {value}
          </a>
        )}
      </dd>
    </div>
  );
}

/** Side by side, each as wide as its share of the picture. */
function Colors({ colors }: Pick<ImageView, 'colors'>) {
  const sum = colors.reduce((total, { share }) => total + share, 0) || 1;
  let x = 0;
  const parts = colors.map(({ hex, share }) => {
    const part = { hex, x, width: (share / sum) * 100 };
    x += part.width;
    return part;
  });
  const words = [...new Set(colors.map(({ hex }) => colorName(hex)))].join(', ');
  return (
    <div class="colors">
      <svg width="100%" height="12" role="img" aria-label={`Colours: ${words}`}>
        {parts.map(({ hex, x: from, width }) => (
          <rect x={`${from}%`} width={`${width}%`} height="12" fill={hex} />
        ))}
      </svg>
      <span class="quiet">{words}</span>
    </div>
  );
}

function cameraFacts(camera: CameraFacts): [string, string][] {
  const { make, model, lens, takenAt, exposureSeconds, aperture, iso, focalLengthMm } = camera;
  // Makers repeat their name in the model.
  const body = make && model?.startsWith(make) ? model : [make, model].filter(Boolean).join(' ');
  const settings = [
    ...(exposureSeconds === undefined ? [] : [exposure(exposureSeconds)]),
    ...(aperture === undefined ? [] : [`f/${aperture}`]),
    ...(iso === undefined ? [] : [`ISO ${iso}`]),
    ...(focalLengthMm === undefined ? [] : [`${focalLengthMm} mm`]),
  ].join(', ');
  const facts: [string, string | undefined][] = [
    ['Camera', body],
    ['Lens', lens],
    ['Settings', settings],
    ['Taken', takenAt?.slice(0, 16).replace('T', ' ')],
  ];
  return facts.flatMap(([name, value]) => (value ? [[name, value]] : []));
}

function exposure(seconds: number): string {
  return seconds >= 1 ? `${seconds} s` : `1/${Math.round(1 / seconds)} s`;
}
