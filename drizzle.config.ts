import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: [
    './src/catalog/schema.ts',
    './src/catalog/webhook-schema.ts',
    './src/catalog/provider-schema.ts',
    './src/catalog/generation-schema.ts',
  ],
  out: './migrations',
});
