import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { DarkroomError, failureOf, type FailureKind } from '../../domain/failures.js';
import type { HttpEnv } from '../http-deps.js';
import { NoticeText } from './notice.js';
import { markup, type ShowPage } from './show-page.js';

/** What to do now, by what is wrong. */
const ADVICE: Partial<Record<FailureKind, string>> = {
  DatabaseUnavailable:
    'Start the database or check DATABASE_URL. Runs wait for it; nothing that was done is lost.',
  TemporalUnavailable:
    'Start the Temporal server or check TEMPORAL_ADDRESS. Work goes on where it was as soon as it answers.',
  StorageUnavailable: 'Check ORIGINAL_STORAGE and VARIANT_STORAGE and that the store is reachable.',
  NotMigrated: 'Run "darkroom migrate" once, then load this page again.',
  ImageNotFound: 'It may have been deleted. Go back to the list of images.',
  GenerationNotFound: 'Go back to Generate for the pictures that were asked for.',
  RunNotFound: 'Go back to Tasks for the runs that there are.',
};

export async function showError(
  c: Context<HttpEnv>,
  show: ShowPage,
  error: unknown,
): Promise<Response> {
  const known = error instanceof DarkroomError ? error : undefined;
  const status = (known ? failureOf(known.kind).status : 500) as ContentfulStatusCode;
  const says = known ? failureOf(known.kind).says : failureOf('Unexpected').says;
  if (c.req.header('HX-Request') === 'true') {
    return c.html(await markup(<NoticeText mood="refused" text={says} />), status);
  }
  return show(c, {
    title: 'Problem',
    status,
    body: (
      <Problem
        says={says}
        advice={
          (known && ADVICE[known.kind]) ?? 'Load this page again; the log of the server says more.'
        }
      />
    ),
  });
}

export function showMissing(c: Context<HttpEnv>, show: ShowPage): Promise<Response> {
  return show(c, {
    title: 'Not found',
    status: 404,
    body: <Problem says="There is no such page." advice="The pages there are stand in the menu." />,
  });
}

function Problem({ says, advice }: { says: string; advice: string }) {
  return (
    <section class="empty">
      <h1>{says}</h1>
      <p>{advice}</p>
      <p class="actions">
        <a class="button" href="">
          Try again
        </a>
        <a class="button" href="/admin/images">
          Images
        </a>
      </p>
    </section>
  );
}
