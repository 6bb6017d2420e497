import type { Context } from 'hono';
import { DarkroomError, failureOf } from '../../domain/failures.js';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { HttpEnv } from '../http-deps.js';
import { NoticeText, type Notice } from './notice.js';
import { ACTED } from './renewed.js';
import { markup } from './show-page.js';

export interface Act {
  /** Does it, and says what came of it. */
  act: () => Promise<string>;
  /** Where a browser without script goes on. */
  to: string;
  /** The page again, with the refusal in it, for a browser without script. */
  refused: (notice: Notice, status: ContentfulStatusCode) => Promise<Response>;
}

/** What a form asks for. With script the answer is the notice alone, without it a page. */
export async function doAct(c: Context<HttpEnv>, { act, to, refused }: Act): Promise<Response> {
  const scripted = c.req.header('HX-Request') === 'true';
  try {
    const text = await act();
    return scripted ? c.html(await words({ mood: 'done', text }), 200, ACTED) : c.redirect(to, 303);
  } catch (error) {
    if (!(error instanceof DarkroomError)) throw error;
    const status = failureOf(error.kind).status as ContentfulStatusCode;
    const notice: Notice = { mood: 'refused', text: error.message };
    return scripted ? c.html(await words(notice), status) : refused(notice, status);
  }
}

/** A notice as script puts it into its place. */
export function words(notice: Notice): Promise<string> {
  return markup(<NoticeText {...notice} />);
}

/** What a form that htmx sends needs: where it goes, and that the answer is for the notice, which stays. */
export function formTo(action: string) {
  const answer = { 'hx-target': '#notice', 'hx-swap': 'innerHTML' };
  return { method: 'post', action, 'hx-post': action, ...answer } as const;
}
