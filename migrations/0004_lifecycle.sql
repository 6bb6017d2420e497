ALTER TABLE "images" ADD COLUMN "building_key" text;--> statement-breakpoint
CREATE INDEX "image_variants_image_key" ON "image_variants" USING btree ("image_key");--> statement-breakpoint
CREATE INDEX "images_deferred" ON "images" USING btree ("id") WHERE deleted_at is null and (variants_state = 'deferred' or metadata_state = 'deferred' or embedding_state = 'deferred');--> statement-breakpoint
CREATE INDEX "images_processing" ON "images" USING btree ("id") WHERE deleted_at is null and status = 'processing';--> statement-breakpoint
CREATE INDEX "images_image_key" ON "images" USING btree ("image_key") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "images_building_key" ON "images" USING btree ("building_key") WHERE deleted_at is null;--> statement-breakpoint
CREATE INDEX "images_original" ON "images" USING btree ("original");