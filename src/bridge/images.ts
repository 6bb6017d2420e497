import type { Looking } from './bridge.js';
import { startPage } from './start-page.js';

/** Starts a page of the images that were asked for by SQL, as far in front as uploads. */
export function startImages(bridge: Looking, without: string[]): Promise<boolean> {
  const { requests, work } = bridge;
  return startPage(bridge, without, {
    read: (page) => requests.waitingImages(page),
    start: async (image) => {
      await work.startImage(image);
      await requests.markStarted(image);
    },
  });
}
