import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';
import tseslint from 'typescript-eslint';

// Without types: the paths need not exist, and the import rules do not ask for them.
const eslint = new ESLint({ overrideConfig: [tseslint.configs.disableTypeChecked] });

async function complaints(filePath: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath });
  return (result?.messages ?? []).map((message) => message.message);
}

describe('the import table', () => {
  it('names what a folder may import when it reaches up', async () => {
    const code = "export { createActivities } from '../activities/index.js';\n";
    expect(await complaints('src/storage/s3.ts', code)).toEqual([
      'src/storage may import only: config, domain, net',
    ]);
  });

  it('keeps ports and imaging apart', async () => {
    const code = "import '../imaging/probe.js';\nimport '../catalog/catalog.js';\n";
    expect(await complaints('src/storage/s3.ts', code)).toHaveLength(2);
    expect(await complaints('src/imaging/master.ts', "import '../storage/storage.js';\n")).toEqual([
      'src/imaging may import only: config, domain, net',
    ]);
  });

  it('sees dynamic imports and nested folders', async () => {
    const words = ['src/domain may import only: nothing'];
    expect(await complaints('src/domain/a.ts', "await import('../config/config.js');\n")).toEqual(
      words,
    );
    const nested = "import '../../config/config.js';\nimport '../b.js';\n";
    expect(await complaints('src/domain/deep/a.ts', nested)).toEqual(words);
  });

  it('lets the downward imports pass', async () => {
    const code =
      "import '../config/config.js';\nimport '../domain/ids.js';\nimport './storage.js';\n";
    expect(await complaints('src/storage/s3.ts', code)).toEqual([]);
  });

  it('refuses a folder that the table does not know', async () => {
    expect(await complaints('src/services/a.ts', "import '../domain/ids.js';\n")).toEqual([
      'src/services is not in the table of eslint.config.js',
    ]);
  });

  it('refuses imports from outside src', async () => {
    expect(await complaints('src/cli/main.ts', "import '../../test/support/x.js';\n")).toEqual([
      'src may not import from outside src',
    ]);
  });
});

describe('workflow code', () => {
  const file = 'src/workflows/process-image.ts';

  it('knows activities as types only', async () => {
    expect(
      await complaints(file, "export { createActivities } from '../activities/index.js';\n"),
    ).toEqual(['src/workflows may import src/activities as types only (import type)']);
    expect(
      await complaints(file, "export type { Activities } from '../activities/index.js';\n"),
    ).toEqual([]);
  });

  it('names activities as what it may import as types', async () => {
    expect(
      await complaints(file, "export type { Catalog } from '../catalog/catalog.js';\n"),
    ).toEqual(['src/workflows may import only: domain; as types: activities']);
  });

  it.each(['node:fs', 'fs/promises', 'zod', 'sharp'])('does not import %s', async (name) => {
    const [message, ...more] = await complaints(file, `import '${name}';\n`);
    expect(message).toMatch(/no Node modules|zod would swell|only src\/imaging imports sharp/);
    expect(more).toEqual([]);
  });

  it.each([
    'new Date(0).getHours()',
    'new Date(0).toLocaleString()',
    "new Intl.NumberFormat('en')",
    'process.pid',
  ])('does not ask the machine: %s', async (expression) => {
    expect(await complaints(file, `export const x = ${expression};\n`)).toHaveLength(1);
  });
});

describe('single owners', () => {
  it('leaves sharp to src/imaging', async () => {
    const code = "import sharp from 'sharp';\nexport const x = sharp();\n";
    expect((await complaints('src/activities/render-tier.ts', code))[0]).toContain(
      'only src/imaging imports sharp',
    );
    expect(await complaints('src/imaging/encode.ts', code)).toEqual([]);
  });

  it('leaves the environment to the entry points', async () => {
    const code = 'export const home = process.env.HOME;\n';
    expect((await complaints('src/storage/s3.ts', code))[0]).toContain(
      'the environment is read once',
    );
    expect(await complaints('src/worker.ts', code)).toEqual([]);
  });
});
