/** `npm run bench -- NAME [--photos DIR] [--full] [--json]`: ratios of contenders in one run. */
import { parseArgs } from 'node:util';
import { benchCatalog } from './catalog.js';
import { benchMemory } from './memory.js';
import { benchImages } from './images/images.js';
import { benchOrchestration } from './orchestration/orchestration.js';
import { benchSettings } from './orchestration/settings.js';
import { benchPickup } from './pickup/pickup.js';
import { benchRecipes } from './recipes/recipes.js';
import { benchSearch } from './search/search.js';
import { benchSlowProvider } from './slow-provider.js';
import { reportText, type Options, type Report } from './report.js';

const BENCHMARKS: Record<string, (options: Options) => Promise<Report>> = {
  images: benchImages,
  orchestration: benchOrchestration,
  catalog: benchCatalog,
  memory: benchMemory,
  pickup: benchPickup,
  recipes: benchRecipes,
  search: benchSearch,
  settings: benchSettings,
  'slow-provider': benchSlowProvider,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    photos: { type: 'string' },
    full: { type: 'boolean' },
    json: { type: 'boolean' },
  },
});
const benchmark = BENCHMARKS[positionals[0] ?? ''];
if (benchmark === undefined || positionals.length !== 1) {
  console.error(`Which benchmark? One of: ${Object.keys(BENCHMARKS).join(', ')}.`);
  process.exitCode = 2;
} else {
  const { json, ...options } = values;
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
  try {
    const report = await benchmark({ ...options, signal: stop.signal });
    console.log(reportText(report));
    if (json) console.log(JSON.stringify(report.results));
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.exitCode = 130;
  }
}
