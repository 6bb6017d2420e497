import { continueAsNew, patched, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { FSCK_FINDINGS, type FsckInput, type FsckReport } from '../domain/fsck.js';
import { POLICIES } from './policies.js';
import { sweepStorage } from './sweep-storage.js';

/** What an execution hands on to the next. */
export interface FsckResume extends FsckInput {
  after?: string;
  report?: FsckReport;
}

/** Compares catalog and storage both ways: first what the catalog names, then what nobody names. */
export async function fsck(input: FsckResume = {}): Promise<FsckReport> {
  const { repair = false, quick = false } = input;
  const report = input.report ?? nothingYet();
  let { after } = input;
  do {
    const summary = `objects of images after ${report.images}`;
    const { checkStored } = proxyActivities<Activities>({ ...POLICIES.sweep, summary });
    const page = { quick, ...(after !== undefined && { after }) };
    const findsFirst = repair && patched('found-before-repaired');
    const { next, repairable, ...part } = await checkStored({
      ...page,
      repair: repair && !findsFirst,
    });
    add(report, part);
    if (findsFirst && part.missing + part.damaged > 0) {
      // A worker that dies in the middle of it is followed by one that finds nothing any more.
      const repaired = await checkStored({ ...page, repair });
      // A worker of before does not count them.
      report.repairing += repairable ?? repaired.repairing;
    }
    after = next;
    if (after !== undefined && workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof fsck>({ repair, quick, after, report });
    }
  } while (after !== undefined);
  return { ...report, ...(await sweepStorage(repair)) };
}

function add(report: FsckReport, part: Partial<FsckReport>): void {
  for (const count of [
    'images',
    'objects',
    'missing',
    'damaged',
    'repairing',
    'beyondRepair',
  ] as const) {
    report[count] += part[count] ?? 0;
  }
  report.findings = [...report.findings, ...(part.findings ?? [])].slice(0, FSCK_FINDINGS);
}

function nothingYet(): FsckReport {
  return {
    ...{ images: 0, objects: 0, missing: 0, damaged: 0, findings: [] },
    ...{ repairing: 0, beyondRepair: 0, orphans: 0, orphanBytes: 0, orphansDeleted: 0 },
  };
}
