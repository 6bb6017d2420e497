import type { Context } from 'hono';
import type { Child } from 'hono/jsx';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { HttpDeps, HttpEnv } from '../http-deps.js';
import { Frame, type FrameOptions } from './frame.js';
import { servicesIn } from './dependency-words.js';

export type ShowPage = (
  c: Context<HttpEnv>,
  page: FrameOptions & { body: Child; status?: ContentfulStatusCode },
) => Promise<Response>;

/** Puts what a page is about into the frame that all of them share. */
export function showPageWith({ darkroom, temporalUi }: HttpDeps): ShowPage {
  return async (c, { body, status = 200, ...options }) => {
    const page = (
      <Frame
        {...options}
        services={servicesIn(await darkroom.health())}
        {...(temporalUi !== undefined && { temporalUi })}
      >
        {body}
      </Frame>
    );
    return c.html(`<!doctype html>${await markup(page)}`, status);
  };
}

/** The text of an element, with everything in it escaped. */
export async function markup(element: { toString(): string | Promise<string> }): Promise<string> {
  return String(await element.toString());
}
