import { thumbHashToDataURL } from 'thumbhash';
import type {
  CameraFacts,
  DominantColor,
  Image,
  ImageStatus,
  Metadata,
  Step,
  StepRecord,
  Variant,
} from '../domain/image.js';
import { ownObject } from '../domain/own-object.js';

/** What a page needs of an image, in one object. */
export interface ImageView {
  id: string;
  ownerId: string;
  fileName: string;
  status: ImageStatus;
  variantsReady: boolean;
  /** Width in pixels up to which every format can be shown now; 0 when nothing can. */
  readyMaxWidth: number;
  width?: number;
  height?: number;
  /** A blurred picture of about 30 px to show until the first variant is there. */
  placeholderDataUrl?: string;
  /** Smallest first; only those that are complete in every format. */
  variants: (Variant & { url: string })[];
  /** Ready to put into a page; absent while nothing can be shown. */
  pictureHtml?: string;
  metadata?: Metadata;
  /** Of the original, by share; empty before it was read. */
  colors: DominantColor[];
  camera?: CameraFacts;
  /** Of the original. */
  sizeBytes?: number;
  mediaType?: string;
  /** Whether the original is in our storage, rather than at an address or in a folder of somebody's. */
  originalKept: boolean;
  createdAt: Date;
  steps: Record<Step, StepRecord>;
  quarantined: boolean;
}

export function viewOf(image: Image, stored: Variant[], variantBaseUrl: string): ImageView {
  const shown = stored
    .filter(({ key, widthPx }) => isServed(image, key) && widthPx <= image.readyMaxWidthPx)
    .map((variant) => ({ ...variant, url: publicUrl(variantBaseUrl, variant.key) }));
  const { id, ownerId, fileName, status, variantsReady, steps, colors, createdAt } = image;
  return {
    ...{ id, ownerId, fileName, status, variantsReady, steps, colors, createdAt },
    readyMaxWidth: image.readyMaxWidthPx,
    variants: shown,
    quarantined: image.quarantinedAt !== undefined,
    originalKept: ownObject(image.original)?.kind === 'original',
    ...(image.widthPx !== undefined && { width: image.widthPx }),
    ...(image.heightPx !== undefined && { height: image.heightPx }),
    ...(image.placeholder !== undefined && {
      placeholderDataUrl: thumbHashToDataURL(Buffer.from(image.placeholder, 'base64')),
    }),
    ...(shown.length > 0 && { pictureHtml: pictureHtml(shown, image.metadata?.description ?? '') }),
    ...(image.metadata !== undefined && { metadata: image.metadata }),
    ...(image.camera !== undefined && { camera: image.camera }),
    ...(image.sizeBytes !== undefined && { sizeBytes: image.sizeBytes }),
    ...(image.mediaType !== undefined && { mediaType: image.mediaType }),
  };
}

/** While new variants are made beside the old, only the old ones are whole. */
function isServed(image: Image, key: string): boolean {
  return image.imageKey !== undefined && key.startsWith(`${image.imageKey}_`);
}

function publicUrl(base: string, key: string): string {
  return `${base.replace(/\/$/, '')}/${key}`;
}

function pictureHtml(variants: ImageView['variants'], description: string): string {
  // Browsers take the first source that they know, so the smaller format comes first.
  const avif = variants.filter(({ format }) => format === 'avif');
  const webp = variants.filter(({ format }) => format === 'webp');
  const largest = webp.at(-1) ?? variants.at(-1);
  if (largest === undefined) return '';
  const sources = [avif, webp]
    .filter((of) => of.length > 0)
    .map((of) => `<source type="image/${of[0]?.format}" srcset="${srcset(of)}" sizes="100vw">`);
  const image = `<img src="${escaped(largest.url)}" width="${largest.widthPx}" height="${largest.heightPx}" alt="${escaped(description)}" loading="lazy" decoding="async">`;
  return `<picture>${sources.join('')}${image}</picture>`;
}

function srcset(variants: ImageView['variants']): string {
  return variants.map(({ url, widthPx }) => `${escaped(url)} ${widthPx}w`).join(', ');
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('"', '&quot;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}
