import { check, type Check } from './check.js';
import { checkDatabase } from './check-database.js';
import { checkEncoders } from './check-encoders.js';
import { checkNode, checkScratch } from './check-machine.js';
import { checkProviders } from './check-providers.js';
import { checkStorage } from './check-storage.js';
import { checkTemporal } from './check-temporal.js';
import { checkTraces } from './check-traces.js';
import { checkSettings, readSettings } from './settings.js';
import { skipped } from './check.js';

/** Looks at everything that Darkroom needs, from this machine, whatever of it is away. */
export async function examine(env: NodeJS.ProcessEnv): Promise<Check[]> {
  const settings = readSettings(env);
  const { config } = settings;
  const { scratchDir } = config;
  const checks = await Promise.all([
    check('node', () => checkNode()),
    check('configuration', async () => checkSettings(settings)),
    checkTemporal(config),
    checkDatabase(config.databaseUrl),
    checkStorage(config),
    check('scratch', async () =>
      scratchDir === undefined ? skipped('SCRATCH_DIR cannot be used') : checkScratch(scratchDir),
    ),
    checkEncoders(),
    checkProviders(config),
    check('traces', () => checkTraces(config.otlpEndpoint)),
  ]);
  return checks.flat();
}
