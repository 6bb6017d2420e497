/** A typed environment variable: its name, its line in the documentation, how it is read, its default. */
export interface Variable<T> {
  readonly name: string;
  readonly doc: string;
  /** Throws an Error whose message completes "NAME must ...". */
  readonly parse: (text: string) => T;
  /** How the default reads in the documentation; `undefined` when the variable is required. */
  readonly fallback: { readonly value: T; readonly says: string } | undefined;
}

export function required<T>(name: string, doc: string, parse: (text: string) => T): Variable<T> {
  return { name, doc, parse, fallback: undefined };
}

/** @param says how the default reads in the documentation, when its text does not. */
export function optional<T>(
  name: string,
  doc: string,
  parse: (text: string) => T,
  fallback: T | { value: T; says: string },
): Variable<T> {
  return { name, doc, parse, fallback: described(fallback) };
}

function described<T>(fallback: T | { value: T; says: string }) {
  const says = typeof fallback === 'object' && fallback !== null && 'says' in fallback;
  return says ? fallback : { value: fallback, says: String(fallback) };
}

export type Values<V extends Record<string, Variable<unknown>>> = {
  readonly [K in keyof V]: V[K] extends Variable<infer T> ? T : never;
};

/** Every problem at once, one a line, each saying what to change. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: string[]) {
    super(['Cannot start:', ...problems.map((problem) => `- ${problem}`)].join('\n'));
    this.problems = problems;
  }
}

/** Reads every variable; an empty text counts as not set. @throws ConfigError with all problems. */
export function readVariables<V extends Record<string, Variable<unknown>>>(
  variables: V,
  env: NodeJS.ProcessEnv,
): Values<V> {
  const { values, problems } = readUsable(variables, env);
  if (problems.length > 0) throw new ConfigError(problems.map(({ says }) => says));
  return values;
}

/** Of one variable that cannot be used. */
export interface Problem<Key = string> {
  key: Key;
  name: string;
  /** Begins with its name. */
  says: string;
}

/** The same for who has more to say: what cannot be used has its default, and a problem. */
export function readUsable<V extends Record<string, Variable<unknown>>>(
  variables: V,
  env: NodeJS.ProcessEnv,
): { values: Values<V>; problems: Problem<keyof V>[] } {
  const problems: Problem<keyof V>[] = [];
  const entries = Object.entries(variables).map(([key, variable]) => {
    try {
      return [key, readVariable(variable, env[variable.name])];
    } catch (error) {
      const { name } = variable;
      problems.push({ key, name, says: `${name} ${(error as Error).message}` });
      return [key, variable.fallback?.value];
    }
  });
  return { values: Object.freeze(Object.fromEntries(entries)) as Values<V>, problems };
}

function readVariable<T>(variable: Variable<T>, text: string | undefined): T {
  if (text !== undefined && text !== '') return variable.parse(text);
  if (variable.fallback === undefined) throw new Error(`is required: ${variable.doc}`);
  return variable.fallback.value;
}
