-- Read models of one authority: who may read them, and how a page of folded rows is loaded and stored.
-- Holds: every statement names its table and key columns as identifiers, quoted here and nowhere else.
-- Does not hold: anything about the rows; they can be thrown away and folded again from the ledger.
-- Read in this order: generation, load_rows, store_rows, delete_rows.

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

-- The rows of `rel` that have one of the keys: each key an object of the key columns.
CREATE FUNCTION view.load_rows(rel regclass, keys jsonb) RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE SET search_path = view, pg_temp AS $$
BEGIN
  RETURN QUERY EXECUTE format(
    'SELECT to_jsonb(t) FROM %1$s t JOIN jsonb_populate_recordset(null::%1$s, $1) k ON (%2$s)',
    rel, (SELECT string_agg(format('t.%1$I = k.%1$I', c), ' AND ') FROM jsonb_object_keys(keys -> 0) c))
  USING keys;
END $$;

-- Inserts or replaces rows; `key_columns` carry the table's primary key.
CREATE FUNCTION view.store_rows(rel regclass, key_columns text[], rows jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = view, pg_temp AS $$
DECLARE settings text;
BEGIN
  SELECT string_agg(format('%1$I = excluded.%1$I', a.attname), ', ') INTO settings
  FROM pg_attribute a WHERE a.attrelid = rel AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (key_columns);
  EXECUTE format(
    'INSERT INTO %1$s SELECT * FROM jsonb_populate_recordset(null::%1$s, $1) ON CONFLICT (%2$s) DO %3$s',
    rel, (SELECT string_agg(quote_ident(c), ', ') FROM unnest(key_columns) c),
    coalesce('UPDATE SET ' || settings, 'NOTHING'))
  USING rows;
END $$;

CREATE FUNCTION view.delete_rows(rel regclass, keys jsonb) RETURNS void
LANGUAGE plpgsql SET search_path = view, pg_temp AS $$
BEGIN
  EXECUTE format(
    'DELETE FROM %1$s t USING jsonb_populate_recordset(null::%1$s, $1) k WHERE %2$s',
    rel, (SELECT string_agg(format('t.%1$I = k.%1$I', c), ' AND ') FROM jsonb_object_keys(keys -> 0) c))
  USING keys;
END $$;

-- Every role of this authority reads all views and registers builds of its own; the tables belong to the service's role.
GRANT USAGE ON SCHEMA view TO PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON view.generation TO PUBLIC;
