import { TestWorkflowEnvironment } from '@temporalio/testing';

// `node temporal-download-program.js FOLDER VERSION`: the SDK's download, see temporal-download.ts.
const [downloadDir = '.', version = 'default'] = process.argv.slice(2);
process.once('disconnect', () => process.exit(1));

try {
  const executable = { type: 'cached-download', downloadDir, version } as const;
  const environment = await TestWorkflowEnvironment.createLocal({ server: { executable } });
  await environment.teardown();
  process.exit(0);
} catch {
  process.exit(1);
}
