/** What a token allows: everything, or what concerns the images of one owner. */
export type Role = 'admin' | 'owner';

/** Who asks, as the token says. */
export type Caller =
  | { role: 'admin'; tokenId: string; tokenName: string }
  | { role: 'owner'; ownerId: string; tokenId: string; tokenName: string };
