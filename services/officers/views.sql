-- The officers' register as people read it. Guards do not read this: they ask the register in memory (kernel/identity.py).

CREATE TABLE officer (
  officer_id          uuid PRIMARY KEY,
  began_position      bigint,
  name                text,
  credential_number   text,
  issuing_body        text,
  valid_from_on       date,
  valid_to_on         date,
  specialties         int[],
  statuses            jsonb,                -- [[instant, CredentialStatus]], by instant: what was decided, without expiry
  roles               jsonb,                -- [[instant, [Role]]], by instant
  training            jsonb,                -- [[instant, hours]], by instant
  device_keys         jsonb,                -- [[key id, device, since, until or null]], in order of registration
  legally_qualified_on date,                -- NULL: no legal professional qualification (法律职业资格)
  reviewing_since_on  date                  -- NULL: unknown
);
CREATE INDEX officer_by_begin ON officer (began_position);
