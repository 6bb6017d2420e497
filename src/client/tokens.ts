import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Catalog } from '../catalog/catalog.js';
import type { TokenRecord } from '../catalog/tokens.js';
import type { Caller, Role } from '../domain/caller.js';
import { DarkroomError } from '../domain/failures.js';

/** Who may call the HTTP API. */
export interface Tokens {
  /**
   * A token is shown this once: only its hash is kept. Two of one name may be live, so that one can
   * take over from the other.
   * @throws DarkroomError `TooManyTokens`, or `InvalidInput` when role and owner do not go together
   */
  create(token: { name: string; role: Role; ownerId?: string }): Promise<NewToken>;
  /** Oldest first, also the revoked ones. */
  list(): Promise<TokenRecord[]>;
  /** Revoking again changes nothing. @throws DarkroomError `TokenNotFound` */
  revoke(id: string): Promise<void>;
  /** `undefined` for whatever is not a live token. */
  authenticate(token: string): Promise<Caller | undefined>;
}

export interface NewToken {
  id: string;
  token: string;
}

const TOKEN = /^dk_[A-Za-z0-9_-]{43}$/;

export function tokens({ tokens: filed }: Catalog): Tokens {
  return {
    async create({ name, role, ownerId }) {
      if (name.trim() === '') throw new DarkroomError('InvalidInput', 'A token needs a name.');
      if ((role === 'owner') !== (ownerId !== undefined && ownerId !== '')) {
        const words = 'A token of the role "owner" names its owner, one of "admin" names none.';
        throw new DarkroomError('InvalidInput', words);
      }
      const token = `dk_${randomBytes(32).toString('base64url')}`;
      const sha256 = hashOf(token).toString('hex');
      const { id } = await filed.add({ name, role, sha256, ...(ownerId && { ownerId }) });
      return { id, token };
    },
    list: () => filed.list(),
    async revoke(id) {
      if (!(await filed.revoke(id))) throw new DarkroomError('TokenNotFound');
    },
    async authenticate(token) {
      if (!TOKEN.test(token)) return undefined;
      const hash = hashOf(token);
      const found = await filed.find(hash.toString('hex'));
      // The database compares byte by byte; what decides takes the same time for every hash.
      if (found === undefined || !timingSafeEqual(Buffer.from(found.sha256, 'hex'), hash)) {
        return undefined;
      }
      return callerOf(found);
    },
  };
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function callerOf({ id: tokenId, name: tokenName, role, ownerId }: TokenRecord): Caller {
  if (role === 'admin') return { role, tokenId, tokenName };
  if (ownerId === undefined) throw new Error(`The token ${tokenId} has no owner.`);
  return { role, ownerId, tokenId, tokenName };
}
