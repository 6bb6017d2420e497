import { sql } from 'drizzle-orm';
import { generationJobs } from './generation-schema.js';

/** It has not ended. A literal, so that the planner can match it with the partial index of the table. */
export const OPEN = sql`${generationJobs.status} in ('pending', 'processing', 'downloading')`;

/** Nobody wants it cancelled. */
export const WANTED = sql`${generationJobs.cancelRequestedAt} is null`;
