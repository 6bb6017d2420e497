import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { viewOf } from '../../src/client/image-view.js';
import type { Image, Variant } from '../../src/domain/image.js';
import { KEY, METADATA, OTHER_KEY, tier } from '../catalog/records.js';

const LADDER = ['sm', 'md', 'lg'] as const;

function image(more: Partial<Image> = {}): Image {
  return {
    id: '00000000-0000-7000-8000-000000000000',
    ownerId: 'ann',
    original: 'file:///photos/a.jpg',
    fileName: 'a.jpg',
    colors: [],
    formats: ['webp', 'avif'],
    status: 'completed',
    imageKey: KEY,
    readyMaxWidthPx: 1920,
    variantsReady: true,
    steps: {
      variants: { state: 'done' },
      metadata: { state: 'done' },
      embedding: { state: 'done' },
    },
    metadata: METADATA,
    createdAt: new Date(0),
    updatedAt: new Date(0),
    ...more,
  };
}

/** As the catalog gives them: by width, then by format. */
function stored(imageKey = KEY): Variant[] {
  return LADDER.flatMap((label) =>
    tier(label, { imageKey }).variants.sort((a, b) => (a.format < b.format ? -1 : 1)),
  );
}

const html = (of: Image, base = 'https://img.example') =>
  viewOf(of, stored(), base).pictureHtml ?? '';

describe('the picture markup', () => {
  it('offers AVIF before WebP, each with every width, and falls back to the largest WebP', () => {
    const url = (file: string) => `https://img.example/${KEY}_${file}`;
    const srcset = (format: string) =>
      [640, 1024, 1920].map((width) => `${url(`${width}.${format}`)} ${width}w`).join(', ');
    expect(html(image())).toBe(
      '<picture>' +
        `<source type="image/avif" srcset="${srcset('avif')}" sizes="100vw">` +
        `<source type="image/webp" srcset="${srcset('webp')}" sizes="100vw">` +
        `<img src="${url('1920.webp')}" width="1920" height="1440" ` +
        'alt="A harbour in the evening." loading="lazy" decoding="async"></picture>',
    );
  });

  it('lets no description out of its attribute', () => {
    const description = `"><script>alert('x')</script> & co`;
    const markup = html(image({ metadata: { ...METADATA, description } }));
    expect(markup).toContain(
      `alt="&quot;&gt;&lt;script&gt;alert('x')&lt;/script&gt; &amp; co" loading="lazy"`,
    );
    expect(markup).not.toContain('<script');
  });

  it('lets no address out of its attribute', () => {
    const markup = html(image(), 'https://img.example/?a="b"&c=');
    expect(markup).not.toContain('"b"');
    expect(markup).toContain('?a=&quot;b&quot;&amp;c=');
  });

  it('has an empty description while there is none', () => {
    const { metadata: _metadata, ...undescribed } = image();
    expect(html(undescribed)).toContain('alt=""');
  });

  it('takes a base with or without a slash at its end, or none', () => {
    const first = (base: string) => viewOf(image(), stored(), base).variants[0]?.url;
    expect(first('https://img.example/')).toBe(`https://img.example/${KEY}_640.avif`);
    expect(first('https://img.example')).toBe(`https://img.example/${KEY}_640.avif`);
    expect(first('')).toBe(`/${KEY}_640.avif`);
  });
});

describe('the variants', () => {
  const widths = (of: Image, variants: Variant[]) =>
    viewOf(of, variants, '').variants.map(({ widthPx }) => widthPx);

  it('are those up to the ready width', () => {
    const half = image({ readyMaxWidthPx: 1024, variantsReady: false });
    expect(widths(half, stored())).toEqual([640, 640, 1024, 1024]);
  });

  it('are those that are served, not those being made beside them', () => {
    const view = viewOf(image(), [...stored(OTHER_KEY), ...stored()], '');
    expect(view.variants).toHaveLength(6);
    expect(view.pictureHtml).not.toContain(OTHER_KEY);
  });

  it('are none while nothing is ready, and then there is no markup', () => {
    const { imageKey: _imageKey, ...unbuilt } = image({ readyMaxWidthPx: 0 });
    for (const of of [unbuilt, image({ readyMaxWidthPx: 0 })]) {
      const view = viewOf(of, stored(), '');
      expect(view.variants).toEqual([]);
      expect(view).not.toHaveProperty('pictureHtml');
      expect(view.readyMaxWidth).toBe(0);
    }
  });
});

describe('the placeholder', () => {
  it('is a data URL of a small PNG', async () => {
    // The thumbhash of a photograph of a sunrise, from the author's examples.
    const placeholder = '1QcSHQRnh493V4dIh4eXh1h4kJUI';
    const view = viewOf(image({ placeholder }), [], '');
    const [head, body] = (view.placeholderDataUrl ?? '').split(',');
    expect(head).toBe('data:image/png;base64');
    const png = await sharp(Buffer.from(body ?? '', 'base64')).metadata();
    expect(png).toMatchObject({ format: 'png', width: 23, height: 32 });
  });

  it('is absent before the original was read', () => {
    expect(viewOf(image(), [], '')).not.toHaveProperty('placeholderDataUrl');
  });
});

describe('the view', () => {
  it('says what a page needs of the image, and nothing of where the original is', () => {
    const view = viewOf(image({ widthPx: 4000, heightPx: 3000 }), stored(), '');
    expect(view).toMatchObject({
      fileName: 'a.jpg',
      status: 'completed',
      width: 4000,
      height: 3000,
      readyMaxWidth: 1920,
      variantsReady: true,
      quarantined: false,
      metadata: METADATA,
    });
    expect(JSON.stringify(view)).not.toContain('file:///');
    expect(viewOf(image({ quarantinedAt: new Date() }), [], '').quarantined).toBe(true);
  });
});
