import { isIP } from 'node:net';
import { DarkroomError } from '../domain/failures.js';
import { addressKind, type AddressKind } from './address-kind.js';

/** The ports of https ('' is 443); on others, what answers is seldom a web site. */
export const HTTPS_PORTS: ReadonlySet<string> = new Set(['', '8443']);

export interface UrlRules {
  /** Also http:, other ports and the addresses of this machine and its network. */
  allowPrivate?: boolean;
  /** Ports of public sites; tests have others. */
  ports?: ReadonlySet<string>;
  /** What an address is; tests say otherwise. */
  kindOf?: (address: string) => AddressKind;
}

/**
 * The URL, when its form allows to fetch it. What its host resolves to is checked at connect time.
 * Odd forms of IPv4 addresses (octal, decimal, short, full-width digits) are normalised by the parser.
 * @throws DarkroomError `InvalidInput` when it is no URL, `AddressNotAllowed`
 */
export function checkedUrl(text: string, rules: UrlRules = {}): URL {
  const { allowPrivate = false, ports = HTTPS_PORTS } = rules;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw new DarkroomError('InvalidInput', 'this is not an address');
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:')) {
    throw notAllowed(`only https: addresses are fetched, not ${url.protocol}`);
  }
  if (url.username !== '' || url.password !== '') {
    throw notAllowed('an address may not carry a user name or a password');
  }
  if (!allowPrivate && !ports.has(url.port)) throw notAllowed(`port ${url.port} is not allowed`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  // Names are checked when they are resolved, but nobody resolves an IP address.
  if (isIP(host) !== 0) checkAddress(host, rules);
  return url;
}

/** @throws DarkroomError `AddressNotAllowed`, without the address: who asks may not know our network. */
export function checkAddress(
  address: string,
  { allowPrivate = false, kindOf = addressKind }: UrlRules,
): void {
  const kind = kindOf(address);
  if (kind === 'public' || (kind === 'private' && allowPrivate)) return;
  throw notAllowed('this address is not public');
}

/** For messages and logs: query strings carry signatures and tokens. */
export function nameOf(url: URL): string {
  return `${url.host}${url.pathname}`;
}

function notAllowed(message: string): DarkroomError {
  return new DarkroomError('AddressNotAllowed', message);
}
