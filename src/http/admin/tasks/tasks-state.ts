import type { Context } from 'hono';
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
import type { HttpEnv } from '../../http-deps.js';
import type { Memory } from '../memory.js';

/** Everything that the page Tasks shows. */
export interface TasksState {
  stats: CatalogStats;
  /** The newest run of all. */
  last?: Run;
  runs: RunsPage;
  throughput: ReadyCount[];
  failed?: FailedIn;
  /** Providers that are not asked at the moment. */
  paused: ProviderState[];
  now: NowRunning | NowIdle;
}

/** Newest first. */
export interface RunsPage {
  runs: Run[];
  /** Id after which the next page begins; absent on the last. */
  next?: string;
  /** Whether the page is one of the later ones. */
  later: boolean;
}

/** What of the runs somebody looks at, as the address says it. */
export interface Looked {
  /** The run whose failures are shown, of all times; absent: the newest. */
  run?: string;
  /** Id after which the page of runs begins. */
  after?: string;
}

export function lookedAt(c: Context<HttpEnv>): Looked {
  const { run, after } = c.req.query();
  return { ...(run && { run }), ...(after && { after }) };
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

/** @throws DarkroomError `RunNotFound` when there is no such run */
export type AskTasks = (looked: Looked) => Promise<TasksState>;

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

  return async ({ run: runId, after }) => {
    const listed = await backfill.runs(RUNS_SHOWN + 1, after);
    const [newest] = after === undefined ? listed : await backfill.runs(1);
    const found = await now(newest);
    const last = newest && withCounts(newest, found);
    const runs = listed.slice(0, RUNS_SHOWN).map((run) => withCounts(run, found));
    const asked = runId === undefined ? last : await backfill.run(runId);
    const failed = await failedIn(asked);
    const next = listed.length > RUNS_SHOWN ? runs.at(-1)?.id : undefined;
    return {
      ...{ now: found, stats: await stats(), throughput: await throughput() },
      runs: { runs, later: after !== undefined, ...(next !== undefined && { next }) },
      paused: await paused(),
      ...(last !== undefined && { last }),
      ...(failed !== undefined && { failed }),
    };
  };
}
