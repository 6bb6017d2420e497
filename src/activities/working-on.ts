import { Context } from '@temporalio/activity';
import type { Image } from '../domain/image.js';

const originals = new WeakMap<Context, string>();

/** Says which bytes this attempt is about, so that its failure is not laid at the door of others. */
export function workingOn({ original }: Pick<Image, 'original'>): void {
  originals.set(Context.current(), original);
}

/** Of the attempt; `undefined` until it has said so. */
export function originalOf(context: Context): string | undefined {
  return originals.get(context);
}
