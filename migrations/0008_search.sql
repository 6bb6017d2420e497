ALTER TABLE "image_embeddings" ADD COLUMN "provider" text DEFAULT 'builtin' NOT NULL;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "color_shares" real[];--> statement-breakpoint
CREATE INDEX "image_embeddings_model" ON "image_embeddings" USING btree ("model","dims");--> statement-breakpoint
-- Where no two colours of a picture have one name, the shares are known already.
UPDATE "images" SET "color_shares" = visible.shares
FROM (
  SELECT id, array(
    SELECT (color ->> 'share')::real
    FROM jsonb_array_elements(colors) WITH ORDINALITY AS each_color(color, at)
    WHERE (color ->> 'share')::float8 >= 0.05
    ORDER BY at
  ) AS shares
  FROM "images"
) visible
WHERE visible.id = "images".id AND cardinality(visible.shares) = cardinality("images".color_names)
  AND cardinality(visible.shares) > 0;--> statement-breakpoint
-- What full text search reads of an image: what somebody called it counts most, the camera least.
-- English, because that is what describers write; words of other languages pass nearly as they are.
-- Of file names the ending goes, and what joins words becomes a space: "HarborAtDawn_2.jpg".
-- Immutable, as generated columns need it: array_to_string is not only for types that print
-- differently from one session to the next, which text does not.
CREATE FUNCTION darkroom_words(
  description text, tags text[], category text, mood text, file_name text, camera jsonb
) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT
    setweight(to_tsvector('pg_catalog.english', coalesce(array_to_string(tags, ' . '), '')), 'A')
    || setweight(to_tsvector('pg_catalog.english', regexp_replace(regexp_replace(regexp_replace(
      file_name, '\.[^.[:space:]]{1,5}$', ''),
      '([[:lower:]])([[:upper:]])', '\1 \2', 'g'),
      '[][(){}_.,;+&~/\\-]+', ' ', 'g')), 'A')
    || setweight(to_tsvector('pg_catalog.english', coalesce(category, '')), 'B')
    || setweight(to_tsvector('pg_catalog.english', coalesce(description, '')), 'B')
    || setweight(to_tsvector('pg_catalog.english', coalesce(mood, '')), 'C')
    || setweight(to_tsvector('pg_catalog.english',
      concat_ws(' ', camera ->> 'make', camera ->> 'model', camera ->> 'lens')), 'D')
$$;--> statement-breakpoint
ALTER TABLE "images" ADD COLUMN "words" tsvector GENERATED ALWAYS AS
  (darkroom_words(description, tags, category, mood, file_name, camera)) STORED;--> statement-breakpoint
CREATE INDEX "images_words" ON "images" USING gin ("words");--> statement-breakpoint
-- The index of the builtin model as the others are made: of one model and one length.
DROP INDEX "image_embeddings_builtin_words_256";--> statement-breakpoint
CREATE INDEX "image_embeddings_hashed_words_256_4fe63610" ON "image_embeddings"
  USING hnsw (("vector"::vector(256)) vector_cosine_ops)
  WHERE (model = 'hashed-words-256' AND dims = 256);
