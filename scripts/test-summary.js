// The last line of `npm test`, from the report of vitest's JSON reporter.

/**
 * A run counts as failed when vitest failed, whatever its report says, and when nothing ran.
 * @param {any} report the parsed report; undefined when vitest wrote none
 * @param {number | null} exitCode of vitest; null when a signal ended it
 */
export function summarise(report, exitCode) {
  const passed = report?.numPassedTests ?? 0;
  const skipped = (report?.numPendingTests ?? 0) + (report?.numTodoTests ?? 0);
  let failed = (report?.numFailedTests ?? 0) + brokenFiles(report);
  if (failed === 0 && (exitCode !== 0 || report === undefined)) failed = 1;
  return { ...ending({ passed, failed, skipped }, exitCode), broken: whatFailed(report) };
}

/**
 * The last line of several passes: their sum, failed when one of them failed or none ran.
 * @param {ReturnType<typeof summarise>[]} summaries
 */
export function total(summaries) {
  const sum = (name) => summaries.reduce((all, { counts }) => all + counts[name], 0);
  const counts = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
  const exitCode = summaries.find((summary) => summary.exitCode !== 0)?.exitCode ?? 0;
  return { ...ending(counts, exitCode), broken: summaries.flatMap(({ broken }) => broken) };
}

function ending(counts, exitCode) {
  const { passed, failed, skipped } = counts;
  return {
    counts,
    line: `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
    exitCode: failed > 0 || passed === 0 ? exitCode || 1 : exitCode,
  };
}

/** Files that failed without a test of theirs that failed: an import or a hook did. */
function brokenFiles(report) {
  return (report?.testResults ?? []).filter(
    (file) =>
      file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
}

/** A line for each test that failed: several passes print a lot before they end. */
function whatFailed(report) {
  return (report?.testResults ?? []).flatMap((file) =>
    file.assertionResults
      .filter((test) => test.status === 'failed')
      .map((test) => `${file.name}: ${test.fullName}: ${firstLine(test.failureMessages?.[0])}`),
  );
}

function firstLine(text = '') {
  return text.split('\n', 1)[0];
}
