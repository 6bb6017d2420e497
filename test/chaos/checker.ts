import type { Evidence, ImageRow, Notice, StoredObject, VariantRow } from './evidence.js';

/** Above a heartbeat time-out: the server looks at its timers, and the answer has to be written. */
const NOTICE_SLACK_MS = 2_000;

/** Findings in words; a good run has none. */
export interface Verdict {
  lost: string[];
  duplicated: string[];
  torn: string[];
  mismatched: string[];
  billedTwice: string[];
  /** Variants that were encoded for each one that was needed; 1 when nothing was made twice. */
  encodesOverNeeded: number;
  /** What `encodesOverNeeded` may be after these faults. */
  encodesBound: number;
  /** Dead workers that were not noticed in time. */
  late: string[];
  /** Workers that a fault ended which they were to survive. */
  fallen: string[];
  /** Failures without a name: a few more, and an image would be given up for what is not its fault. */
  unforeseen: string[];
  /** Faults that landed less often than they had to, so that the rest of the verdict proves little. */
  missed: string[];
}

/** Says what is wrong with what a run has left behind. Pure: the same evidence, the same verdict. */
export function check(evidence: Evidence): Verdict {
  const facts = indexed(evidence);
  const needed = neededEncodes(facts);
  const { encoded, mayBeUndone } = evidence.work;
  return {
    lost: [
      lostImages(facts),
      lostVariants(facts),
      lostGenerations(evidence),
      givenUp(evidence),
    ].flat(),
    duplicated: [...doubleImages(facts), ...doubleVariants(evidence), ...unlisted(facts)],
    torn: torn(facts),
    mismatched: mismatched(facts),
    billedTwice: billedTwice(evidence),
    encodesOverNeeded: needed === 0 ? 0 : encoded / needed,
    encodesBound: needed === 0 ? 0 : 1 + mayBeUndone / needed,
    late: evidence.notices.filter(isLate).map(lateInWords),
    fallen: evidence.fallen.map((what) => `worker ${what}`),
    unforeseen: evidence.unforeseen,
    missed: missed(evidence),
  };
}

/** Whether nothing at all is wrong. */
export function isClean(verdict: Verdict): boolean {
  const { encodesOverNeeded, encodesBound, ...findings } = verdict;
  return (
    encodesOverNeeded >= 1 &&
    encodesOverNeeded <= encodesBound &&
    Object.values(findings).every((list) => list.length === 0)
  );
}

/** Those of files, and of pictures of generations what is recorded: nobody else says what they need. */
function neededEncodes({ evidence, byName, variantsOf, wanted }: Facts): number {
  const ofFiles = evidence.acknowledged.reduce((sum, name) => sum + wanted(name).length, 0);
  const made = [...byName].flatMap(([name, rows]) => (wanted(name).length > 0 ? [] : rows));
  return made.reduce((sum, { id }) => sum + (variantsOf.get(id)?.length ?? 0), ofFiles);
}

interface Facts {
  evidence: Evidence;
  byName: Map<string, ImageRow[]>;
  variantsOf: Map<string, VariantRow[]>;
  objects: Map<string, StoredObject>;
  wanted: (fileName: string) => Evidence['reference'];
}

function indexed(evidence: Evidence): Facts {
  const reference = grouped(evidence.reference, ({ fileName }) => fileName);
  return {
    evidence,
    byName: grouped(evidence.images, ({ fileName }) => fileName),
    variantsOf: grouped(evidence.variants, ({ imageId }) => imageId),
    objects: new Map(evidence.objects.map((object) => [object.key, object])),
    wanted: (fileName) => reference.get(fileName) ?? [],
  };
}

/** Acknowledged and not there, without an end, or with an end that no fault may bring about. */
function lostImages({ evidence, byName }: Facts): string[] {
  const absent = evidence.acknowledged
    .filter((name) => !byName.has(name))
    .map((name) => `${name} was acknowledged and has no row`);
  const unfinished = evidence.images
    .filter(({ status, quarantined }) => status !== 'completed' || quarantined)
    .map(({ fileName, status, quarantined, failure }) => {
      const why = failure === null ? '' : ` (${failure})`;
      return `${fileName} is ${quarantined ? 'quarantined' : status}${why}`;
    });
  return [...absent, ...unfinished];
}

function lostVariants({ byName, variantsOf, objects, wanted }: Facts): string[] {
  return [...byName].flatMap(([name, [image]]) => {
    const rows = variantsOf.get(image?.id ?? '') ?? [];
    return wanted(name).flatMap(({ widthPx, format }) => {
      const what = `${widthPx} px in ${format} of ${name}`;
      const row = rows.find(
        (it) => it.widthPx === widthPx && it.format === format && it.imageKey === image?.imageKey,
      );
      if (row === undefined) return [`${what} has no row`];
      return objects.has(row.key) ? [] : [`${what} is not stored`];
    });
  });
}

function lostGenerations({ generations, promised, images }: Evidence): string[] {
  const known = new Set(images.map(({ id }) => id));
  const asked = new Set(generations.map(({ prompt }) => prompt));
  const absent = promised
    .filter((prompt) => !asked.has(prompt))
    .map((prompt) => `"${prompt}" was acknowledged and has no row`);
  const unfinished = generations.flatMap(({ prompt, status, imageId, failure }) => {
    const why = failure === null ? '' : ` (${failure})`;
    if (status !== 'completed') return [`"${prompt}" is ${status}${why}`];
    return imageId !== null && known.has(imageId) ? [] : [`"${prompt}" has no image`];
  });
  return [...absent, ...unfinished];
}

/** By the time somebody looks another run may have made it good, which no installation can count on. */
function givenUp({ givenUp: failed, images, generations }: Evidence): string[] {
  const names = new Map([
    ...images.map(({ id, fileName }) => [id, fileName] as const),
    ...generations.map(({ id, prompt }) => [id, `"${prompt}"`] as const),
  ]);
  const ended = [...images, ...generations].filter(({ status }) => status === 'completed');
  const good = new Set(ended.map(({ id }) => id));
  return failed
    .filter(({ id }) => good.has(id))
    .map(
      ({ id, why }) => `${names.get(id) ?? id} was given up (${why}), and made good by another run`,
    );
}

function doubleImages({ byName }: Facts): string[] {
  return [...byName]
    .filter(([, rows]) => rows.length > 1)
    .map(([name, rows]) => `${name} is ${rows.length} images`);
}

function doubleVariants({ variants }: Evidence): string[] {
  const same = ({ imageId, recipe, widthPx, format }: VariantRow) =>
    `${widthPx} px in ${format} by recipe ${recipe.slice(0, 8)} of ${imageId}`;
  return [...grouped(variants, same)]
    .filter(([, rows]) => rows.length > 1)
    .map(([what, rows]) => `${what} has ${rows.length} rows`);
}

/** An object beside the one that the catalog knows of: nobody would ever remove it. */
function unlisted({ evidence }: Facts): string[] {
  const listed = new Set(evidence.variants.map(({ key }) => key));
  return evidence.objects
    .filter(({ key }) => !listed.has(key))
    .map(({ key }) => `${key} is in no row`);
}

function torn({ evidence, objects }: Facts): string[] {
  return evidence.variants.flatMap((row) => {
    const object = objects.get(row.key);
    if (object === undefined) return [];
    const wrong = wrongWith(row, object);
    return wrong === undefined ? [] : [`${row.key}: ${wrong}`];
  });
}

function wrongWith(row: VariantRow, { sizeBytes, sha256, picture }: StoredObject) {
  if (sizeBytes !== row.sizeBytes) return `${sizeBytes} bytes in place of ${row.sizeBytes}`;
  if (sha256 !== row.sha256) return 'another SHA-256 than its row';
  if ('broken' in picture) return picture.broken;
  const { widthPx, heightPx, format } = picture;
  if (widthPx !== row.widthPx || heightPx !== row.heightPx) return `${widthPx} x ${heightPx} px`;
  return format === row.format ? undefined : `is ${format}`;
}

function mismatched({ byName, variantsOf, objects, wanted }: Facts): string[] {
  return [...byName].flatMap(([name, rows]) => {
    // Of what the run without faults did not see, as pictures of generations, there is no reference.
    const reference = wanted(name);
    if (reference.length === 0) return [];
    return rows
      .flatMap(({ id }) => variantsOf.get(id) ?? [])
      .flatMap(({ key, widthPx, format }) => {
        const same = reference.find((it) => it.widthPx === widthPx && it.format === format);
        if (same === undefined) return [`${key} was not made without faults`];
        const object = objects.get(key);
        if (object === undefined || object.sha256 === same.sha256) return [];
        return [`${widthPx} px in ${format} of ${name} has other bytes than without faults`];
      });
  });
}

function billedTwice({ ledger }: Evidence): string[] {
  return [...grouped(ledger, ({ prompt }) => prompt)]
    .filter(([, predictions]) => predictions.length > 1)
    .map(([prompt, predictions]) => `"${prompt}" was billed ${predictions.length} times`);
}

function isLate({ goneAtMs, noticedAtMs, heartbeatTimeoutMs, serverAwayMs }: Notice): boolean {
  const limitMs = heartbeatTimeoutMs + NOTICE_SLACK_MS + serverAwayMs;
  return noticedAtMs === undefined || noticedAtMs - goneAtMs > limitMs;
}

function lateInWords({ fault, activity, goneAtMs, noticedAtMs }: Notice): string {
  if (noticedAtMs === undefined) return `${fault}: nobody noticed that ${activity} was left alone`;
  return `${fault}: ${activity} was left alone for ${(noticedAtMs - goneAtMs) / 1000} s`;
}

function missed({ landed, wanted }: Evidence): string[] {
  return Object.entries(wanted)
    .filter(([kind, least]) => landed[kind as keyof typeof landed] < least)
    .map(
      ([kind, least]) => `${kind} landed ${landed[kind as keyof typeof landed]} of ${least} times`,
    );
}

function grouped<T>(items: T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
