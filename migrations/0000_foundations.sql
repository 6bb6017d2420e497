-- Vectors of the embedding step (pgvector 0.8 or newer for iterative scans).
CREATE EXTENSION IF NOT EXISTS vector;
--> statement-breakpoint
-- A UUID of version 7: ordered by time, so that primary keys page in the order of arrival and new
-- rows go to the end of the index. PostgreSQL has uuidv7() only from version 18.
CREATE OR REPLACE FUNCTION darkroom_uuid() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE AS $$
  SELECT encode(
    set_bit(
      set_bit(
        overlay(
          uuid_send(gen_random_uuid())
          PLACING substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
          FROM 1 FOR 6
        ),
        52, 1
      ),
      53, 1
    ),
    'hex'
  )::uuid
$$;
