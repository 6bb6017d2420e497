import type { DependencyHealth, Health } from '../../client.js';

type ServiceState = 'up' | 'down';

/** What everything else stands on, in one word each. */
export interface Services {
  temporal: ServiceState;
  database: ServiceState;
  storage: ServiceState;
}

export function servicesIn({ temporal, database, storage }: Health): Services {
  return { temporal: wordOf(temporal), database: wordOf(database), storage: wordOf(storage) };
}

function wordOf({ ok }: DependencyHealth): ServiceState {
  return ok ? 'up' : 'down';
}
