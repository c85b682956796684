-- What statements_of made needless.

DROP FUNCTION view.load_rows(regclass, jsonb);
DROP FUNCTION view.store_rows(regclass, text[], jsonb);
DROP FUNCTION view.delete_rows(regclass, jsonb);
