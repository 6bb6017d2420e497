import { VARIABLES, type Config } from '../config/config.js';
import { ConfigError, readVariables, type Variable } from '../config/variable.js';
import { failed, ok, type Finding } from './check.js';

/** Of the variables those that can be used; one that is wrong hides nothing about the others. */
export interface Settings {
  config: Partial<Config>;
  problems: string[];
}

export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const problems: string[] = [];
  const entries = Object.entries<Variable<unknown>>(VARIABLES).flatMap(([key, variable]) => {
    try {
      return Object.entries(readVariables({ [key]: variable }, env));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      return [];
    }
  });
  return { config: Object.fromEntries(entries), problems };
}

export function checkSettings({ config, problems }: Settings): Finding {
  const missing = [
    ...(config.originalStorage === undefined ? ['ORIGINAL_STORAGE'] : []),
    ...(config.secret === undefined ? ['DARKROOM_SECRET'] : []),
  ]
    .filter((name) => !problems.some((problem) => problem.startsWith(name)))
    .map((name) => `${name} is not set: a worker does not start without it`);
  const all = [...problems, ...missing];
  if (all.length === 0) return ok('every variable can be used');
  return failed(
    all.join('; '),
    'Set them as docs/configuration.md says. On one machine "darkroom dev" brings everything along; ' +
      'with --data DIR it is found.',
  );
}
