-- Owners see their own rows, and the database sees to it (decision 19). Whatever is done for one owner
-- is done as the role darkroom_app, in a transaction that names the owner in darkroom.owner. What is
-- done across owners, by workers and administrators, is done by logins that are darkroom_service.
-- Roles are the whole server's, so these two may be there already.
DO $$
DECLARE
  login text := quote_ident(current_user);
  missing text := (
    SELECT coalesce(string_agg(format('CREATE ROLE %s NOLOGIN; ', role), ''), '')
    FROM unnest(ARRAY['darkroom_app', 'darkroom_service']) role WHERE to_regrole(role) IS NULL
  );
BEGIN
  -- Another database of this server may be migrated in the same moment.
  IF to_regrole('darkroom_app') IS NULL THEN
    BEGIN
      CREATE ROLE darkroom_app NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
  END IF;
  IF to_regrole('darkroom_service') IS NULL THEN
    BEGIN
      CREATE ROLE darkroom_service NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
  END IF;
  -- Whoever creates a role may grant it, but is no member. This login becomes the one when it wants
  -- to, and is the other always.
  IF NOT pg_has_role('darkroom_app', 'SET') THEN
    EXECUTE format('GRANT darkroom_app TO %s WITH INHERIT FALSE, SET TRUE', login);
  END IF;
  IF NOT pg_has_role('darkroom_service', 'USAGE') THEN
    EXECUTE format('GRANT darkroom_service TO %s WITH INHERIT TRUE', login);
  END IF;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE insufficient_privilege USING
    MESSAGE = format('The login %s may not make the roles darkroom_app and darkroom_service.', login),
    HINT = 'As a superuser run once: ' || missing
      || format('GRANT darkroom_app TO %s WITH INHERIT FALSE, SET TRUE; ', login)
      || format('GRANT darkroom_service TO %s WITH INHERIT TRUE;', login);
END $$;
--> statement-breakpoint
-- Whose transaction this is; null when nobody said so, and then nothing is seen. In a session that
-- has had an owner the setting stays behind as an empty text.
CREATE FUNCTION darkroom_owner() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT nullif(current_setting('darkroom.owner', true), '')
$$;
--> statement-breakpoint
-- What an owner may name as an original: an address on the web, or bytes in its own folder. Not files
-- of the worker's machine, other buckets and other owners' folders, which the service could read.
CREATE FUNCTION darkroom_own_original(owner text, original text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT original ~ '^https?://' OR original ~ (
    '^originals/' || left(encode(sha256(convert_to(owner, 'UTF8')), 'hex'), 16)
    || '/([0-9a-f-]{36}-)?[0-9a-f]{64}$'
  )
$$;
--> statement-breakpoint
DO $$
DECLARE
  walled text;
BEGIN
  FOREACH walled IN ARRAY ARRAY[
    'images', 'image_variants', 'image_embeddings', 'generation_jobs', 'run_failures',
    'api_tokens', 'idempotency_keys',
    'webhook_endpoints', 'webhook_deliveries', 'webhook_failures'
  ] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
    -- Also for the owner of the table, who would pass otherwise.
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
    -- For a role and not for everybody: a policy that asks who it is would be an OR in every query of
    -- an owner, and no index helps with that.
    EXECUTE format(
      'CREATE POLICY darkroom_service ON %I TO darkroom_service USING (true) WITH CHECK (true)',
      walled
    );
  END LOOP;
END $$;
--> statement-breakpoint
DO $$
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO darkroom_app', current_schema());
END $$;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE ON images TO darkroom_app;
--> statement-breakpoint
GRANT SELECT ON image_variants, image_embeddings TO darkroom_app;
--> statement-breakpoint
GRANT SELECT, INSERT, UPDATE (cancel_requested_at, updated_at) ON generation_jobs TO darkroom_app;
--> statement-breakpoint
-- (SELECT darkroom_owner()) is asked once a statement. An owner brings an image in or gives it other
-- bytes; either leaves it to be made. What processing finds out is the service's to say: whoever could
-- write a hash or a preview would be told what is said of somebody else's bytes.
CREATE POLICY darkroom_owner ON images TO darkroom_app
USING (owner_id = (SELECT darkroom_owner()))
WITH CHECK (
  owner_id = (SELECT darkroom_owner())
  AND darkroom_own_original(owner_id, original)
  AND status IN ('pending', 'processing')
  AND deleted_at IS NULL
  AND sha256 IS NULL AND preview_key IS NULL AND building_key IS NULL
);
--> statement-breakpoint
-- EXISTS, which the planner takes for every other row: of a comparison with a looked up owner it
-- expects hardly any, and then reads all vectors rather than walking their index.
CREATE POLICY darkroom_owner ON image_variants TO darkroom_app
USING (EXISTS (
  SELECT FROM images WHERE images.id = image_id AND owner_id = (SELECT darkroom_owner())
))
WITH CHECK (EXISTS (
  SELECT FROM images WHERE images.id = image_id AND owner_id = (SELECT darkroom_owner())
));
--> statement-breakpoint
CREATE POLICY darkroom_owner ON image_embeddings TO darkroom_app
USING (EXISTS (
  SELECT FROM images WHERE images.id = image_id AND owner_id = (SELECT darkroom_owner())
))
WITH CHECK (EXISTS (
  SELECT FROM images WHERE images.id = image_id AND owner_id = (SELECT darkroom_owner())
));
--> statement-breakpoint
CREATE POLICY darkroom_owner ON generation_jobs TO darkroom_app
USING (owner_id = (SELECT darkroom_owner()))
WITH CHECK (owner_id = (SELECT darkroom_owner()));
--> statement-breakpoint
-- An order is new. One that named a prediction or an image of somebody else could cancel the one and
-- pass off the other.
CREATE POLICY darkroom_new_order ON generation_jobs AS RESTRICTIVE FOR INSERT TO darkroom_app
WITH CHECK (
  status = 'pending' AND progress = 0 AND attempt_number = 0
  AND prediction_id IS NULL AND image_id IS NULL AND usage IS NULL
  AND ordered_at IS NULL AND started_at IS NULL AND finished_at IS NULL
);
--> statement-breakpoint
-- No policy can compare a row with what it was, and an image that gets other bytes keeps its key.
CREATE FUNCTION darkroom_refuse_image_key() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT pg_has_role('darkroom_service', 'USAGE') THEN
    RAISE insufficient_privilege USING MESSAGE = 'Owners cannot set the image_key of an image.';
  END IF;
  RETURN new;
END $$;
--> statement-breakpoint
CREATE TRIGGER images_key_inserted BEFORE INSERT ON images FOR EACH ROW
WHEN (new.image_key IS NOT NULL)
EXECUTE FUNCTION darkroom_refuse_image_key();
--> statement-breakpoint
CREATE TRIGGER images_key_changed BEFORE UPDATE OF image_key ON images FOR EACH ROW
WHEN (new.image_key IS NOT NULL AND new.image_key IS DISTINCT FROM old.image_key)
EXECUTE FUNCTION darkroom_refuse_image_key();
--> statement-breakpoint
-- Functions that act as the service: names are not looked up among temporary tables first, which
-- anybody can make, and nobody can put them on a table of his own with rows that he thought up.
ALTER FUNCTION darkroom_image_ended() SET search_path = pg_catalog, public, pg_temp;
--> statement-breakpoint
ALTER FUNCTION darkroom_image_deleted() SET search_path = pg_catalog, public, pg_temp;
--> statement-breakpoint
ALTER FUNCTION darkroom_run_finished() SET search_path = pg_catalog, public, pg_temp;
--> statement-breakpoint
ALTER FUNCTION darkroom_generation_ended() SET search_path = pg_catalog, public, pg_temp;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION darkroom_image_ended(), darkroom_image_deleted(), darkroom_run_finished(),
  darkroom_generation_ended()
FROM PUBLIC;
--> statement-breakpoint
-- Under a policy the database asks no index about words, tags and colours, because what compares them
-- might tell of rows that the policy hides: it would compare every row of the owner. These ask the
-- indexes, and tell of no rows but those of the owner whose transaction it is.
CREATE FUNCTION darkroom_having_words(query tsquery) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT id FROM images WHERE owner_id = darkroom_owner() AND words @@ query
$$;
--> statement-breakpoint
CREATE FUNCTION darkroom_having_tags(wanted text[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT id FROM images WHERE owner_id = darkroom_owner() AND tags @> wanted
$$;
--> statement-breakpoint
CREATE FUNCTION darkroom_having_a_color(wanted text[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT id FROM images WHERE owner_id = darkroom_owner() AND color_names && wanted
$$;
--> statement-breakpoint
REVOKE EXECUTE ON FUNCTION
  darkroom_having_words(tsquery), darkroom_having_tags(text[]), darkroom_having_a_color(text[])
FROM PUBLIC;
--> statement-breakpoint
GRANT EXECUTE ON FUNCTION
  darkroom_having_words(tsquery), darkroom_having_tags(text[]), darkroom_having_a_color(text[])
TO darkroom_app;
