import { VARIABLES, type Config } from '../config/config.js';
import { readUsable } from '../config/variable.js';
import { failed, ok, type Finding } from './check.js';

/** Of the variables those that can be used; one that is wrong hides nothing about the others. */
export interface Settings {
  config: Partial<Config>;
  problems: string[];
}

export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const { values, problems } = readUsable(VARIABLES, env);
  const usable = Object.entries(values).filter(([key]) => problems.every((it) => it.key !== key));
  return { config: Object.fromEntries(usable), problems: problems.map(({ says }) => says) };
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
