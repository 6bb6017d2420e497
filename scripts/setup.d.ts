/** Installs and builds what is missing or out of date; returns at once when nothing is. */
export function ensureReady(options?: { quiet?: boolean }): Promise<void>;
