import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { addressKind, type AddressKind } from './address-kind.js';
import { checkAddress, HTTPS_PORTS } from './checked-url.js';

/** What lies outside. Tests put another one in its place. */
export interface Network {
  resolve: (hostname: string) => Promise<LookupAddress[]>;
  kindOf: (address: string) => AddressKind;
  ports: ReadonlySet<string>;
  /** Certificate authority, when it is not the system's. */
  ca?: string;
}

export const INTERNET: Network = {
  resolve: (hostname) => lookup(hostname, { all: true }),
  kindOf: addressKind,
  ports: HTTPS_PORTS,
};

/**
 * Resolves for a socket that is about to connect, and gives it what was checked: no second answer of
 * a name server comes between. One address that is not public refuses the name.
 */
export function guardedLookup({ resolve, kindOf }: Network, allowPrivate: boolean): LookupFunction {
  const checked = async (hostname: string): Promise<[LookupAddress, ...LookupAddress[]]> => {
    const [first, ...more] = await resolve(hostname);
    if (first === undefined) throw new Error(`${hostname} has no address`);
    for (const { address } of [first, ...more]) checkAddress(address, { allowPrivate, kindOf });
    return [first, ...more];
  };
  return (hostname, { all }, done) => {
    checked(hostname).then(
      (found) => (all ? done(null, found) : done(null, found[0].address, found[0].family)),
      (error: NodeJS.ErrnoException) => done(error, ''),
    );
  };
}
