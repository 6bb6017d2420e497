import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** What runs and images can be found by in the Temporal Web UI. */
export const SEARCH_ATTRIBUTES = {
  owner: defineSearchAttributeKey('DarkroomOwner', SearchAttributeType.KEYWORD),
  image: defineSearchAttributeKey('DarkroomImage', SearchAttributeType.KEYWORD),
  scope: defineSearchAttributeKey('DarkroomScope', SearchAttributeType.KEYWORD),
} as const;
