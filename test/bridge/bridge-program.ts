/** A bridge in a process of its own, to be killed: `DATABASE_URL`, `TEMPORAL_ADDRESS`. */
import { Client, Connection } from '@temporalio/client';
import { openBridge } from '../../src/bridge/bridge.js';

const { DATABASE_URL: databaseUrl = '', TEMPORAL_ADDRESS: address = '' } = process.env;
const connection = await Connection.connect({ address });
const bridge = openBridge({ databaseUrl, client: new Client({ connection }), log: console });
process.once('SIGTERM', () => {
  void bridge[Symbol.asyncDispose]().then(() => process.exit(0));
});
process.send?.({ ready: true });
