-- Read models of one authority: who may read them, and how a page of folded rows is loaded and stored.
-- Holds: every statement names its table and key columns as identifiers, quoted here and nowhere else.
-- Does not hold: anything about the rows; they can be thrown away and folded again from the ledger.

CREATE SCHEMA view;

CREATE TABLE view.generation (              -- one row per build of a view; its tables stand in schema view_<name>_<generation>
  name        text NOT NULL,
  generation  int NOT NULL,                 -- also the version of its checkpoint
  version     int NOT NULL,                 -- of the code that folds it
  live        boolean NOT NULL DEFAULT false,
  created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (name, generation)
);
CREATE UNIQUE INDEX one_live_generation ON view.generation (name) WHERE live;

-- Statements for the rows of `rel`, whose primary key is `key_columns`. Each takes a JSON array: of keys, of rows, of keys.
CREATE FUNCTION view.statements_of(rel regclass, key_columns text[])
RETURNS TABLE (load text, store text, remove text)
LANGUAGE sql STABLE SET search_path = view, pg_temp AS $$
  WITH part AS (
    SELECT format('jsonb_populate_recordset(NULL::%s, $1::jsonb) k', rel) AS given,
           (SELECT string_agg(format('t.%1$I = k.%1$I', c), ' AND ') FROM unnest(key_columns) c) AS same,
           (SELECT string_agg(quote_ident(c), ', ') FROM unnest(key_columns) c) AS key,
           (SELECT string_agg(format('%1$I = excluded.%1$I', a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
             WHERE a.attrelid = rel AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (key_columns)) AS settings
  )
  -- LATERAL: by the key's index, also while a new table has no statistics and looks larger or smaller than it is.
  SELECT format('SELECT to_jsonb(t) FROM %s CROSS JOIN LATERAL (SELECT * FROM %s t WHERE %s LIMIT 1) t', given, rel, same),
         format('INSERT INTO %s SELECT * FROM %s ON CONFLICT (%s) DO %s', rel, given, key,
                coalesce('UPDATE SET ' || settings, 'NOTHING')),
         format('DELETE FROM %s t USING %s WHERE %s', rel, given, same)
    FROM part
$$;

-- Every role of this authority reads all views and registers builds of its own; the tables belong to the service's role.
GRANT USAGE ON SCHEMA view TO PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON view.generation TO PUBLIC;
