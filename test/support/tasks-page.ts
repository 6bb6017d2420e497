import type { Page } from 'playwright-core';

/** Waits until the sentence at the top of Tasks says it. */
export function says(page: Page, truth: RegExp): Promise<void> {
  return page.getByRole('heading', { level: 1, name: truth }).waitFor();
}

export function press(page: Page, name: string): Promise<void> {
  return page.getByRole('button', { name, exact: true }).click();
}

/** Starts the run that the page proposes. */
export async function startRun(page: Page, truth: RegExp): Promise<void> {
  await press(page, 'Start');
  await says(page, truth);
}
