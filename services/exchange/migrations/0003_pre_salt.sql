-- Salts of sent envelopes: with its event and this, the sender opens by itself the commitment that it signed. Envelopes
-- from before have none: what they told is proved with the receiver's copy.
ALTER TABLE exchange.sent ADD COLUMN salt bytea;

-- Lets a login role of another service read what proves a process; it reads the ledger whole already.
CREATE FUNCTION exchange.admit_reader(login name) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA exchange TO %I', login);
  EXECUTE format('GRANT SELECT ON exchange.sent, exchange.inbox, exchange.registry TO %I', login);
END $$;
REVOKE ALL ON FUNCTION exchange.admit_reader FROM PUBLIC;
