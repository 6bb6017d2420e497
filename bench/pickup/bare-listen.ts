/** What many applications have in place of a bridge: a loop that is told of rows, and here only logs. */
import pg from 'pg';

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
client.on('notification', ({ payload }) => {
  console.log(`${performance.timeOrigin + performance.now()} picked up ${payload}`);
});
await client.connect();
await client.query('listen bare_jobs');
console.log('listening');
