// app/darkroom.ts of a Next.js application. One client for the whole process: in development Next.js
// loads modules again at every change, and each of them would open connections of its own.
import { openDarkroom, type Darkroom } from 'darkroom';

const shared = globalThis as { darkroom?: Promise<Darkroom> };

export function darkroom(): Promise<Darkroom> {
  shared.darkroom ??= openDarkroom().catch((error: unknown) => {
    delete shared.darkroom;
    throw error;
  });
  return shared.darkroom;
}
