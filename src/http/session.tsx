import { bodyLimit } from 'hono/body-limit';
import { every } from 'hono/combine';
import { deleteCookie, setCookie } from 'hono/cookie';
import { createMiddleware } from 'hono/factory';
import type { Context } from 'hono';
import { DarkroomError } from '../domain/failures.js';
import { formFields } from './form.js';
import { SESSION_COOKIE } from './guards/identify.js';
import { callerOf } from './guards/roles.js';
import { requireSameOrigin } from './guards/same-origin.js';
import type { HttpDeps, HttpEnv } from './http-deps.js';
import { PlainPage } from './plain-page.js';

const A_WEEK_S = 7 * 24 * 3600;
const FORM_BYTES = 10_000;

/**
 * Signs a browser in and out, and lets only administrators further on. The printed address brings
 * the token along; it is put into a cookie at once and taken out of the address.
 */
export function sessions(deps: HttpDeps) {
  const tooLarge = () => {
    throw new DarkroomError('RequestTooLarge');
  };
  const small = bodyLimit({ maxSize: FORM_BYTES, onError: tooLarge });
  const signInOrOut = createMiddleware<HttpEnv>(async (c, next) => {
    const { method, path } = c.req;
    if (method === 'POST' && path === '/admin/session') return signIn(c, deps);
    if (method === 'POST' && path === '/admin/session/end') return signOut(c);
    if (method === 'GET' && c.req.query('token') !== undefined) return openWithToken(c, deps);
    if (callerOf(c) === undefined) return signInPage(c);
    if (c.get('caller').role !== 'admin') throw new DarkroomError('Forbidden');
    return next();
  });
  // The routes behind read their bodies themselves.
  return every(
    createMiddleware<HttpEnv>((c, next) =>
      c.req.path.startsWith('/admin/session') ? small(c, next) : next(),
    ),
    signInOrOut,
  );
}

async function signIn(c: Context<HttpEnv>, deps: HttpDeps): Promise<Response> {
  requireSameOrigin(c, deps.settings);
  const { token } = await formFields(c);
  const accepted = typeof token === 'string' && (await remember(c, deps, token));
  return accepted ? c.redirect('/admin/tasks', 303) : signInPage(c, 'This token is not valid.');
}

function signOut(c: Context<HttpEnv>): Response {
  deleteCookie(c, SESSION_COOKIE, { path: '/' });
  return c.redirect('/admin/tasks', 303);
}

async function openWithToken(c: Context<HttpEnv>, deps: HttpDeps): Promise<Response> {
  const url = new URL(c.req.url);
  const token = url.searchParams.get('token') ?? '';
  url.searchParams.delete('token');
  if (!(await remember(c, deps, token))) return signInPage(c, 'This token is not valid any more.');
  return c.redirect(`${url.pathname}${url.search}`, 303);
}

/** @returns false when it is no administrator's token */
async function remember(
  c: Context<HttpEnv>,
  { darkroom, settings }: HttpDeps,
  token: string,
): Promise<boolean> {
  const caller = await darkroom.tokens.authenticate(token.trim());
  if (caller?.role !== 'admin') return false;
  setCookie(c, SESSION_COOKIE, token.trim(), {
    ...{ httpOnly: true, sameSite: 'Strict', path: '/', maxAge: A_WEEK_S },
    secure: settings.publicUrl?.protocol === 'https:',
  });
  return true;
}

function signInPage(c: Context<HttpEnv>, problem?: string): Response | Promise<Response> {
  return c.html(
    <PlainPage title="Sign in">
      <h1>Darkroom</h1>
      {problem === undefined ? null : <p role="alert">{problem}</p>}
      <form method="post" action="/admin/session">
        <label>
          Token of an administrator{' '}
          <input name="token" type="password" autocomplete="current-password" required />
        </label>{' '}
        <button>Sign in</button>
      </form>
      <p>
        The demo prints an address that signs you in; elsewhere{' '}
        <code>darkroom tokens create --role admin --name NAME</code> makes a token.
      </p>
    </PlainPage>,
    401,
  );
}
