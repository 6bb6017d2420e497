import { parseArgs } from 'node:util';
import { rehearse } from './rehearse.js';

/** `npm run rehearsal -- [--photos DIR] [--from COMMIT] [--command FILE] [--temporal ADDRESS]` */
const { values } = parseArgs({
  options: {
    photos: { type: 'string' },
    from: { type: 'string' },
    command: { type: 'string' },
    temporal: { type: 'string' },
  },
});
const { problems } = await rehearse({
  ...(values.photos !== undefined && { photos: values.photos }),
  ...(values.from !== undefined && { from: values.from }),
  ...(values.command !== undefined && { command: values.command }),
  ...(values.temporal !== undefined && { temporal: values.temporal }),
  say: (line) => process.stdout.write(`${line}\n`),
});
for (const problem of problems) process.stdout.write(`WRONG  ${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
