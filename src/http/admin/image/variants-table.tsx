import { counted } from '../../../domain/counted.js';
import type { ImageView } from '../../../client.js';
import { rooted } from '../thumb.js';
import { size } from '../words.js';
import { num, Table } from '../table.js';

/** Every file that can be shown, each with a bar against the original. */
export function VariantsTable({ view: { variants, sizeBytes } }: { view: ImageView }) {
  if (variants.length === 0) return <></>;
  const sum = variants.reduce((total, variant) => total + variant.sizeBytes, 0);
  const whole = sizeBytes ?? Math.max(...variants.map((variant) => variant.sizeBytes));
  return (
    <section class="variants">
      <h2>
        Variants{' '}
        <span class="quiet">
          {size(sum)} in {counted(variants.length, 'file')}
        </span>
      </h2>
      <Table
        columns={[
          'Tier',
          num('Pixels'),
          'Format',
          num('Size'),
          { title: 'Of the original', looks: 'wide' },
        ]}
      >
        {variants.map((variant) => (
          <tr>
            <th scope="row">{variant.tier}</th>
            <td class="num">
              {variant.widthPx} × {variant.heightPx}
            </td>
            <td>
              <a id={`variant-${variant.tier}-${variant.format}`} href={rooted(variant.url)}>
                {variant.format}
              </a>
            </td>
            <td class="num">{size(variant.sizeBytes)}</td>
            <td class="wide">
              <Share part={variant.sizeBytes} whole={whole} />
            </td>
          </tr>
        ))}
      </Table>
    </section>
  );
}

function Share({ part, whole }: { part: number; whole: number }) {
  const share = whole === 0 ? 0 : (part / whole) * 100;
  return (
    <span class="share">
      <svg width="100%" height="8" aria-hidden="true">
        <rect class="bar-track" width="100%" height="8" rx="2" />
        <rect class="bar-part" width={`${Math.min(100, share)}%`} height="8" rx="2" />
      </svg>
      <span class="num">{share < 10 ? share.toFixed(1) : Math.round(share)} %</span>
    </span>
  );
}
