import { rgbaToThumbHash } from 'thumbhash';
import type { DominantColor } from '../domain/image.js';

/** A small picture: RGBA, 8 bit, not premultiplied. */
export interface Thumbnail {
  data: Uint8Array;
  widthPx: number;
  heightPx: number;
}

/** The longest edge that a thumbhash accepts, and plenty for colours. */
export const THUMBNAIL_EDGE_PX = 100;

export interface Appearance {
  placeholder: string;
  colors: DominantColor[];
  brightness: number;
}

/** How a picture looks at a glance; the same pixels always give the same answer. */
export function appearanceOf({ data, widthPx, heightPx }: Thumbnail): Appearance {
  return {
    placeholder: Buffer.from(rgbaToThumbHash(widthPx, heightPx, data)).toString('base64'),
    colors: dominantColors(data),
    brightness: brightness(data),
  };
}

const MAX_COLORS = 5;
/** Pixels that are more transparent than this show the page, not the picture. */
const MIN_ALPHA = 128;
/** Colours closer than this (RGB distance) look like shades of one. */
const SAME_COLOR_DISTANCE = 56;

/** Sums of pixels; the mean is what it looks like. */
interface Cluster {
  pixels: number;
  red: number;
  green: number;
  blue: number;
}

/**
 * Pixels fall into 4,096 buckets; from the fullest on, each joins the first cluster whose colour is
 * near or founds its own. No random start as in k-means, so the answer is repeatable.
 */
function dominantColors(rgba: Uint8Array): DominantColor[] {
  const buckets = bucketsOf(rgba);
  const total = buckets.reduce((sum, bucket) => sum + bucket.pixels, 0);
  const clusters: { seed: Cluster; sum: Cluster }[] = [];
  for (const bucket of buckets.sort((a, b) => b.pixels - a.pixels)) {
    const near = clusters.find(({ seed }) => distance(seed, bucket) < SAME_COLOR_DISTANCE);
    if (near === undefined) clusters.push({ seed: bucket, sum: { ...bucket } });
    else addTo(near.sum, bucket);
  }
  return clusters
    .map(({ sum }) => sum)
    .sort((a, b) => b.pixels - a.pixels)
    .slice(0, MAX_COLORS)
    .map((sum) => ({ hex: hexOf(sum), share: floorTo3(sum.pixels / total) }))
    .filter(({ share }) => share > 0);
}

function bucketsOf(rgba: Uint8Array): Cluster[] {
  const buckets = new Map<number, Cluster>();
  for (let at = 0; at < rgba.length; at += 4) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = rgba.subarray(at, at + 4);
    if (alpha < MIN_ALPHA) continue;
    const key = ((red >> 4) << 8) | ((green >> 4) << 4) | (blue >> 4);
    const bucket = buckets.get(key);
    if (bucket === undefined) buckets.set(key, { pixels: 1, red, green, blue });
    else addTo(bucket, { pixels: 1, red, green, blue });
  }
  return [...buckets.values()];
}

function addTo(sum: Cluster, more: Cluster): void {
  sum.pixels += more.pixels;
  sum.red += more.red;
  sum.green += more.green;
  sum.blue += more.blue;
}

function distance(a: Cluster, b: Cluster): number {
  return Math.hypot(
    a.red / a.pixels - b.red / b.pixels,
    a.green / a.pixels - b.green / b.pixels,
    a.blue / a.pixels - b.blue / b.pixels,
  );
}

function hexOf({ pixels, red, green, blue }: Cluster): string {
  const parts = [red, green, blue].map((sum) => Math.round(sum / pixels).toString(16));
  return `#${parts.map((part) => part.padStart(2, '0')).join('')}`;
}

/** Rounded down, so that shares never sum to more than the whole. */
function floorTo3(value: number): number {
  return Math.floor(value * 1000) / 1000;
}

/** The mean luma, weighted by alpha; a picture that is transparent all over is as bright as its page. */
function brightness(rgba: Uint8Array): number {
  let weight = 0;
  let sum = 0;
  for (let at = 0; at < rgba.length; at += 4) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = rgba.subarray(at, at + 4);
    weight += alpha;
    sum += alpha * (0.2126 * red + 0.7152 * green + 0.0722 * blue);
  }
  return weight === 0 ? 1 : Math.round((sum / weight / 255) * 1000) / 1000;
}
