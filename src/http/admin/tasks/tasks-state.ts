import type {
  BackfillPreview,
  Darkroom,
  FailureGroup,
  ImageView,
  InFlight,
  ProviderState,
} from '../../../client.js';
import type { CatalogStats } from '../../../catalog/catalog.js';
import type { ReadyCount } from '../../../catalog/overview.js';
import type { Progress } from '../../../domain/progress.js';
import { SCOPES, type Run } from '../../../domain/runs.js';
import type { Memory } from '../memory.js';

/** Everything that the page Tasks shows. */
export interface TasksState {
  stats: CatalogStats;
  /** Newest first. */
  runs: Run[];
  throughput: ReadyCount[];
  failed?: FailedIn;
  /** Providers that are not asked at the moment. */
  paused: ProviderState[];
  now: NowRunning | NowIdle;
}

export interface NowRunning {
  state: 'running';
  progress: Progress;
  flight: InFlight[];
}

export interface NowIdle {
  state: 'idle';
  /** One for each scope. */
  previews: BackfillPreview[];
}

/** The failures of the run that the page is asked about, or of the newest. */
export interface FailedIn {
  run: Run;
  groups: FailureGroup[];
  views: Map<string, ImageView>;
}

/** However many people look at once, and however often. */
const STATS_MS = 2_000;
const FLIGHT_MS = 900;
const PREVIEW_MS = 5_000;

const RUNS_SHOWN = 20;

/** A run files its counts now and then; the workflow knows them now. */
function withCounts(run: Run, now: NowRunning | NowIdle): Run {
  if (now.state === 'idle' || now.progress.runId !== run.id) return run;
  const { done, failed, status } = now.progress;
  return { ...run, done, failed, status };
}

export type AskTasks = (runId?: string) => Promise<TasksState>;

export function tasksStateOf(darkroom: Darkroom, memory: Memory): AskTasks {
  const { backfill } = darkroom;
  const stats = memory.keep(STATS_MS, () => darkroom.stats());
  const throughput = memory.keep(STATS_MS, () => darkroom.throughput());
  const paused = memory.keep(STATS_MS, async () =>
    (await darkroom.providers.list()).filter((it) => it.paused !== undefined),
  );
  const flight = memory.keep(FLIGHT_MS, () => backfill.inFlight());
  const previews = memory.keep(PREVIEW_MS, () =>
    Promise.all(SCOPES.map((scope) => backfill.preview({ scope }))),
  );

  const failedIn = async (run: Run | undefined): Promise<FailedIn | undefined> => {
    if (run === undefined) return undefined;
    const groups = await backfill.failureGroups(run.id);
    const ids = groups.flatMap(({ examples }) => examples.map(({ imageId }) => imageId));
    const views = new Map((await darkroom.viewsOf(ids)).map((view) => [view.id, view]));
    return { run, groups, views };
  };

  const now = async (newest: Run | undefined): Promise<NowRunning | NowIdle> => {
    if (newest !== undefined && newest.finishedAt === undefined) {
      const progress = await backfill.status(newest.id);
      if (progress.status === 'running' || progress.status === 'paused') {
        // A server that does not answer for a moment must not hide where the run stands.
        return { state: 'running', progress, flight: await flight().catch(() => []) };
      }
    }
    return { state: 'idle', previews: await previews() };
  };

  return async (runId) => {
    const newest = (await backfill.runs(1))[0];
    const found = await now(newest);
    const runs = (await backfill.runs(RUNS_SHOWN)).map((run) => withCounts(run, found));
    const asked = runs.find(({ id }) => id === runId) ?? runs[0];
    const failed = await failedIn(asked);
    return {
      ...{ now: found, runs, stats: await stats(), throughput: await throughput() },
      paused: await paused(),
      ...(failed !== undefined && { failed }),
    };
  };
}
