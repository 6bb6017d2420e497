-- One HNSW index per embedding model, because an index needs vectors of one length.
CREATE INDEX image_embeddings_builtin_words_256 ON image_embeddings
  USING hnsw ((vector::vector(256)) vector_cosine_ops)
  WHERE model = 'hashed-words-256';
