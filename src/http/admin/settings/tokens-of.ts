import type { Darkroom } from '../../../client.js';
import type { Role } from '../../../domain/caller.js';

export interface TokenRecord {
  id: string;
  name: string;
  role: Role;
  ownerId?: string;
  createdAt: Date;
  lastUsedAt?: Date;
  revokedAt?: Date;
}

export interface Tokens {
  create(token: {
    name: string;
    role: Role;
    ownerId?: string;
  }): Promise<{ id: string; token: string }>;
  list(): Promise<TokenRecord[]>;
  revoke(id: string): Promise<void>;
}

/** Until the client has them by itself. */
export function tokensOf(darkroom: Darkroom): Tokens {
  return (darkroom as Darkroom & { tokens: Tokens }).tokens;
}
