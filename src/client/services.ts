import type { Client } from '@temporalio/client';
import type { Catalog } from '../catalog/catalog.js';
import type { Storage } from '../storage/storage.js';

export type ServiceState = 'up' | 'down' | 'not configured';

/** What everything else stands on. */
export interface Services {
  temporal: ServiceState;
  database: ServiceState;
  storage: ServiceState;
}

/** What does not answer in this time looks away to people. */
const PATIENCE_MS = 2_000;

/** A key that nothing is stored under: asking for it shows that the storage answers. */
const NO_OBJECT = 'previews/is-anybody-there';

export async function servicesOf({
  client,
  catalog,
  variants,
}: {
  client: Client;
  catalog: Catalog;
  variants: Storage | undefined;
}): Promise<Services> {
  const deadline = Date.now() + PATIENCE_MS;
  const [temporal, database, storage] = await Promise.all([
    answers(client.withDeadline(deadline, () => client.workflowService.getSystemInfo({}))),
    answers(catalog.ping()),
    variants === undefined ? ('not configured' as const) : answers(variants.stat(NO_OBJECT)),
  ]);
  return { temporal, database, storage };
}

async function answers(question: Promise<unknown>): Promise<ServiceState> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<ServiceState>((resolve) => {
    timer = setTimeout(() => resolve('down'), PATIENCE_MS);
  });
  const answered = question.then(
    (): ServiceState => 'up',
    (): ServiceState => 'down',
  );
  return Promise.race([answered, late]).finally(() => clearTimeout(timer));
}
