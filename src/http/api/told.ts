import type { Context } from 'hono';
import type { GenerationView, ImageView, Story } from '../../client.js';
import { STEPS } from '../../domain/image.js';
import { forOwners } from '../../domain/words-for-owners.js';
import type { HttpEnv } from '../http-deps.js';

// What a caller is told: an owner of images not what our servers are called.

export function toldImage(c: Context<HttpEnv>, image: ImageView): ImageView {
  if (isAdmin(c)) return image;
  const steps = STEPS.map((step) => [step, withoutNames(image.steps[step])] as const);
  return { ...image, steps: Object.fromEntries(steps) as ImageView['steps'] };
}

export function toldGeneration(c: Context<HttpEnv>, generation: GenerationView): GenerationView {
  return isAdmin(c) ? generation : withoutNames(generation);
}

export function toldStory(c: Context<HttpEnv>, story: Story): Story {
  if (isAdmin(c)) return story;
  const attempts = story.attempts.map(({ worker: _worker, ...attempt }) => withoutNames(attempt));
  return { ...story, attempts };
}

function isAdmin(c: Context<HttpEnv>): boolean {
  return c.get('caller').role === 'admin';
}

function withoutNames<T extends { failure?: { kind: string; message: string } }>(it: T): T {
  return it.failure === undefined ? it : { ...it, failure: forOwners(it.failure) };
}
