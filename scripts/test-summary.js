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
  const line = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
  return { line, exitCode: failed > 0 || passed === 0 ? exitCode || 1 : 0 };
}

/** Files that failed without a test of theirs that failed: an import or a hook did. */
function brokenFiles(report) {
  return (report?.testResults ?? []).filter(
    (file) =>
      file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
}
