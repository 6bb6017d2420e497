import { createHash } from 'node:crypto';
import type { Child } from 'hono/jsx';
import { underWay } from '../../../domain/progress.js';
import type { HttpDeps } from '../../http-deps.js';
import { markup } from '../show-page.js';
import { FailureGroups } from './failure-groups.js';
import { FlightList } from './flight-list.js';
import { NoImages } from './no-images.js';
import { RunBar } from './run-bar.js';
import { RunControls } from './run-controls.js';
import { RunsTable } from './runs-table.js';
import { StartForm } from './start-form.js';
import type { TasksState } from './tasks-state.js';
import { ThroughputLine } from './throughput-line.js';
import { announcement, titleOf, truth } from './truth.js';

/** The parts of the page that change by themselves, each only when it says something else. */
export const REGIONS = [
  'title',
  'announcement',
  'truth',
  'bar',
  'controls',
  'flow',
  'flight',
  'start',
  'failures',
  'runs',
] as const;
export type Region = (typeof REGIONS)[number];

export type Regions = Record<Region, string>;

export async function regionsOf(state: TasksState, deps: HttpDeps): Promise<Regions> {
  const parts = await Promise.all(
    REGIONS.map(async (region) => {
      const part = partOf(region, state, deps);
      return [region, await markup(<>{part}</>)] as const;
    }),
  );
  return Object.fromEntries(parts) as Regions;
}

function partOf(region: Region, state: TasksState, deps: HttpDeps): Child {
  const { now, failed, runs, stats, throughput } = state;
  const running = now.state === 'running';
  switch (region) {
    case 'title':
      return titleOf(state);
    case 'announcement':
      return announcement(state);
    case 'truth':
      return truth(state);
    case 'bar':
      return running && <RunBar progress={now.progress} />;
    case 'controls':
      return running && <RunControls progress={now.progress} />;
    case 'flow':
      return stats.images > 0 && <ThroughputLine throughput={throughput} />;
    case 'flight':
      return running && <FlightList flight={now.flight} inFlight={underWay(now.progress)} />;
    case 'start':
      if (now.state === 'running') return false;
      return stats.images === 0 ? <NoImages /> : <StartForm previews={now.previews} />;
    case 'failures':
      return failed && <FailureGroups failed={failed} idle={!running} />;
    case 'runs':
      return <RunsTable {...runs} deps={deps} />;
  }
}

/** Six digits for every region: what a page shows, so that only what changed since is sent. */
export function signatureOf(regions: Regions): string {
  return REGIONS.map((region) => digest(regions[region])).join('.');
}

/** What of a page with this signature is no longer so. */
export function changedSince(signature: string, regions: Regions): Region[] {
  const seen = signature.split('.');
  return REGIONS.filter((region, index) => seen[index] !== digest(regions[region]));
}

function digest(html: string): string {
  // Seconds count on in the page by themselves.
  const lasting = html.replace(/<span class="since"[^>]*>[^<]*<\/span>/g, '');
  return createHash('sha256').update(lasting).digest('hex').slice(0, 6);
}
