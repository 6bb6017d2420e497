import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { DarkroomError } from '../domain/failures.js';
import { isRefusal } from '../open/temporal-connection.js';
import { SEARCH_ATTRIBUTES } from '../workflows/search-attributes.js';

/** Makes the names known to the namespace; those that are there already are left alone. */
export async function registerSearchAttributes(client: Client): Promise<string[]> {
  const { namespace } = client.options;
  const { operatorService } = client.connection;
  const missing = await missingSearchAttributes(client);
  if (missing.length > 0) {
    const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
    const searchAttributes = Object.fromEntries(missing.map((name) => [name, keyword]));
    await operatorService.addSearchAttributes({ namespace, searchAttributes }).catch((cause) => {
      throw isRefusal(cause) ? notByUs(missing, cause) : cause;
    });
  }
  return missing;
}

/** Temporal Cloud has other tools for it. */
function notByUs(missing: string[], cause: unknown): DarkroomError {
  const message =
    `The server lets nobody register search attributes this way: create ${missing.join(', ')} ` +
    'of the type Keyword yourself (in Temporal Cloud: tcld namespace search-attributes add), then do this again.';
  return new DarkroomError('TemporalRefused', message, { cause });
}

/** Names that the namespace does not know yet. */
export async function missingSearchAttributes(client: Client): Promise<string[]> {
  const { namespace } = client.options;
  const known = await client.connection.operatorService.listSearchAttributes({ namespace });
  return Object.values(SEARCH_ATTRIBUTES)
    .map(({ name }) => name)
    .filter((name) => known.customAttributes[name] === undefined);
}
