import { builtinModules } from 'node:module';
import { dirname, relative, resolve, sep } from 'node:path';
import tseslint from 'typescript-eslint';

const SRC = resolve(import.meta.dirname, 'src');
const PORTS = ['storage', 'catalog', 'metadata', 'embedding', 'generation', 'notify'];
const BELOW_PORTS = ['config', 'domain', 'net'];

/**
 * What each folder (or file) of src may import besides itself. Imports go one way:
 * domain <- config <- net <- ports, imaging <- activities <-(types)- workflows <- client <- cli, http, bridge
 */
const MAY_IMPORT = {
  domain: [],
  config: ['domain'],
  net: ['config', 'domain'],
  payloads: ['config'],
  ...Object.fromEntries(PORTS.map((port) => [port, BELOW_PORTS])),
  imaging: BELOW_PORTS,
  activities: [...PORTS, ...BELOW_PORTS, 'imaging'],
  workflows: ['domain'],
  open: [...PORTS, ...BELOW_PORTS, 'imaging', 'payloads', 'tracing'],
  client: [...PORTS, ...BELOW_PORTS, 'open', 'workflows'],
  bridge: ['catalog', 'client', 'config', 'domain', 'open'],
  // The CLI starts the embedded stack, which knows nothing of commands.
  cli: [...PORTS, 'client', 'config', 'dev', 'doctor', 'domain', 'log', 'open'],
  doctor: [...PORTS, ...BELOW_PORTS, 'client', 'imaging', 'open'],
  http: [...PORTS, ...BELOW_PORTS, 'client', 'log', 'metrics', 'open', 'payloads'],
  reachable: ['domain'],
  log: ['config', 'domain'],
  tracing: [],
  metrics: ['client', 'domain', 'imaging'],
  'open-worker': [...PORTS, ...BELOW_PORTS, 'activities', 'client', 'imaging', 'open'],
  'create-workers': ['activities', 'config', 'domain', 'log', 'payloads', 'tracing'],
  'worker-connection': ['config', 'open', 'reachable'],
  worker: [
    'bridge',
    'config',
    'create-workers',
    'domain',
    'http',
    'log',
    'metrics',
    'open',
    'open-worker',
    'payloads',
    'reachable',
    'worker-connection',
  ],
  dev: ['catalog', 'client', 'config', 'domain', 'embedding', 'imaging', 'open'],
};

/** What a folder may import as types only, because it meets the values elsewhere. */
const MAY_IMPORT_TYPES = { workflows: ['activities'] };

/** The files that read the environment; everything else is given a Config. */
const READS_ENVIRONMENT = [
  'src/cli/main.ts',
  'src/worker.ts',
  // Its default; an application may hand over another environment.
  'src/client.ts',
  'src/http/server.ts',
  'src/dev/**/*.ts',
];

/** The part of src that a path belongs to: `storage` of src/storage/s3.ts, `open` of src/open.ts. */
function partOf(path) {
  const inside = relative(SRC, path);
  return inside.startsWith('..') ? undefined : inside.split(sep)[0].replace(/\.[jt]sx?$/, '');
}

const importTable = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const from = partOf(context.filename);
    const allowed = MAY_IMPORT[from];
    const allowedTypes = MAY_IMPORT_TYPES[from] ?? [];

    function refusal(to, isType) {
      if (to === from) return undefined;
      if (to === undefined) return `src may not import from outside src`;
      if (allowed === undefined) return `src/${from} is not in the table of eslint.config.js`;
      if (allowed.includes(to)) return undefined;
      if (!allowedTypes.includes(to)) return `src/${from} may import only: ${inWords()}`;
      return isType ? undefined : `src/${from} may import src/${to} as types only (import type)`;
    }

    function inWords() {
      const values = [...allowed].sort().join(', ') || 'nothing';
      return allowedTypes.length === 0 ? values : `${values}; as types: ${allowedTypes.join(', ')}`;
    }

    function check(node, isType) {
      const specifier = node.source?.value;
      if (typeof specifier !== 'string' || !specifier.startsWith('.')) return;
      const message = refusal(partOf(resolve(dirname(context.filename), specifier)), isType);
      if (message !== undefined) context.report({ node, message });
    }

    return {
      ImportDeclaration: (node) => check(node, node.importKind === 'type'),
      ExportNamedDeclaration: (node) => check(node, node.exportKind === 'type'),
      ExportAllDeclaration: (node) => check(node, node.exportKind === 'type'),
      ImportExpression: (node) => check(node, false),
    };
  },
};

const onlyImagingImportsSharp = {
  regex: '^sharp(/|$)',
  message: 'only src/imaging imports sharp',
};
const noNode = {
  regex: `^(node:|(${builtinModules.join('|')})(/|$))`,
  message: 'runs inside the workflow sandbox, which has no Node modules',
};
const noZod = {
  regex: '^zod(/|$)',
  message: 'validate before the workflow starts; zod would swell its bundle',
};
const noPackages = { regex: '^[^.]', message: 'src/domain imports nothing' };

function refuseImports(...patterns) {
  return { 'no-restricted-imports': ['error', { patterns }] };
}

/** Answers that depend on the machine make a replay differ from the first run. */
const SAME_ON_EVERY_MACHINE = [
  {
    selector:
      'CallExpression[callee.property.name=/^(toLocale\\w*|localeCompare|getTimezoneOffset|(get|set)(FullYear|Month|Date|Day|Hours|Minutes|Seconds|Milliseconds))$/]',
    message: "depends on the machine's locale or time zone, so a replay could differ; use UTC",
  },
  {
    selector: 'MemberExpression[object.name="Intl"]',
    message: "depends on the machine's locale data, so a replay could differ",
  },
];

const SANDBOX_GLOBALS = ['process', 'Buffer', 'fetch', 'performance', 'crypto', 'setImmediate'];

export default tseslint.config(
  { ignores: ['dist/', 'coverage/', '.darkroom/', 'migrations/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { allowDefaultCaseForExhaustiveSwitch: false, considerDefaultExhaustiveForUnions: false },
      ],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // A port's method is async even where one adapter has nothing to wait for: it rejects, never throws.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    plugins: { darkroom: { rules: { 'import-table': importTable } } },
    rules: {
      'darkroom/import-table': 'error',
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', { max: 60, skipComments: true }],
      ...refuseImports(onlyImagingImportsSharp),
    },
  },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    ignores: READS_ENVIRONMENT,
    rules: {
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: `the environment is read once, in ${READS_ENVIRONMENT.join(', ')}`,
        },
      ],
    },
  },
  { files: ['src/imaging/**/*.ts'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['src/domain/**/*.ts', 'src/workflows/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error', ...SAME_ON_EVERY_MACHINE],
      'no-restricted-globals': [
        'error',
        ...SANDBOX_GLOBALS.map((name) => ({
          name,
          message: 'does not exist or differs inside the workflow sandbox',
        })),
      ],
    },
  },
  { files: ['src/domain/**/*.ts'], rules: refuseImports(noPackages) },
  {
    files: ['src/workflows/**/*.ts'],
    rules: refuseImports(noNode, noZod, onlyImagingImportsSharp),
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      'max-lines': ['error', 400],
      // expect.any() and its kin are any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
  {
    // Run by Node as they are, before anything is built: a light check without types.
    files: ['**/*.js'],
    extends: [tseslint.configs.base],
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      'no-unreachable': 'error',
      'no-unused-vars': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
    },
  },
);
