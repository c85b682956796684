-- Rows are loaded and stored by statements that a connection plans once; the functions of 0001 plan theirs at every call.

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
