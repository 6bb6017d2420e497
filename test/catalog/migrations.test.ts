import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MIGRATIONS } from '../../src/catalog/migrate.js';

/** What would fail the statements of a worker of before, which works on while a database is migrated. */
const TAKES_AWAY: Record<string, RegExp> = {
  'takes something away': /\bdrop\s+(table|column|type|schema|view)\b/i,
  'gives something another name': /\brename\b/i,
  'changes a type': /\balter\s+column\s+\S+\s+(set\s+data\s+)?type\b/i,
  'demands what was optional': /\bset\s+not\s+null\b/i,
  'adds a column that an INSERT of before leaves out':
    /\badd\s+column\b(?![\s\S]*\b(default|generated)\b)[\s\S]*\bnot\s+null\b/i,
};

function wrongWith(statement: string): string[] {
  return Object.entries(TAKES_AWAY).flatMap(([what, words]) =>
    words.test(statement) ? [what] : [],
  );
}

/** Of a table that stands in another file: workers of before may know it. */
function narrowed(file: string): string[] {
  const added = file.matchAll(/alter table "?(\w+)"? add constraint \S+ (unique|check|exclude)/gi);
  const indexed = file.matchAll(/create unique index \S+ on "?(\w+)"?/gi);
  return [...added, ...indexed].flatMap(([, table = '']) =>
    new RegExp(`create table (if not exists )?"?${table}"?`, 'i').test(file) ? [] : [table],
  );
}

const FILES = readdirSync(MIGRATIONS).filter((name) => name.endsWith('.sql'));

it.each(FILES)('%s leaves workers of before what they ask for', (name) => {
  const file = readFileSync(join(MIGRATIONS, name), 'utf8').replaceAll(/--.*$/gm, (comment) =>
    comment.startsWith('--> ') ? comment : '',
  );
  expect(file.split('--> statement-breakpoint').flatMap(wrongWith)).toEqual([]);
  expect(narrowed(file)).toEqual([]);
});

it.each([
  'ALTER TABLE "images" DROP COLUMN "original"',
  'ALTER TABLE "images" RENAME COLUMN "original" TO "source"',
  'ALTER TABLE "images" ALTER COLUMN "size_bytes" SET DATA TYPE numeric',
  'ALTER TABLE "images" ALTER COLUMN "sha256" SET NOT NULL',
  'ALTER TABLE "images" ADD COLUMN "region" text NOT NULL',
])('%s would not', (statement) => {
  expect(wrongWith(statement)).toHaveLength(1);
});

it('a rule for rows of before is one as well', () => {
  expect(narrowed('CREATE UNIQUE INDEX "one" ON "images" ("sha256")')).toEqual(['images']);
  expect(narrowed('ALTER TABLE "images" ADD CONSTRAINT "c" CHECK (width > 0)')).toEqual(['images']);
});
