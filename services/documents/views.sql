-- Documents as people read them, and what forms print of a matter.
-- Facts are personal: nothing here leaves the authority but on a sheet that an officer issues.

CREATE TABLE matter (
  matter_id         uuid PRIMARY KEY,       -- case or on-the-spot penalty
  began_position    bigint,
  kind              text,                   -- case, on_spot
  number            text,                   -- of the case; NULL until numbered
  closed            boolean,
  closed_at         timestamptz,
  facts             jsonb                   -- services.documents.views: what a form's field names by `fact`
);

CREATE TABLE part (                         -- a stream that belongs to a matter
  stream_id         uuid PRIMARY KEY,
  began_position    bigint,
  matter_id         uuid,
  kind              text,                   -- collection, execution, transfer; NULL when it has no facts of its own
  facts             jsonb                   -- as of matter, under the name of the kind
);
CREATE INDEX part_by_matter ON part (matter_id, began_position);

CREATE TABLE officer (
  officer_id        uuid PRIMARY KEY,
  name              text,
  credential_number text
);

CREATE TABLE document (
  document_id       uuid PRIMARY KEY,
  began_position    bigint,
  form              text,
  matter_id         uuid,
  number            text,                   -- NULL until taken
  version           int,
  state             text,                   -- 待取号, 待生成, 已生成
  issued_at         timestamptz,            -- newest version
  signers           jsonb,                  -- enforcement.documents.v1.Signer, newest version
  versions          jsonb                   -- enforcement.documents.v1.DocumentVersion, all
);
CREATE INDEX document_by_matter ON document (matter_id, began_position);

CREATE TABLE number_taken (
  numbering_id      uuid,
  number            int,
  series            text,
  year              int,
  text              text,
  for_id            uuid,
  taken_at          timestamptz,
  PRIMARY KEY (numbering_id, number)
);

CREATE TABLE archive (
  archive_id        uuid PRIMARY KEY,
  began_position    bigint,
  matter_id         uuid,
  built             jsonb,                  -- enforcement.documents.v1.ArchivePackageBuilt
  built_at          timestamptz
);
CREATE INDEX archive_by_matter ON archive (matter_id, began_position);

CREATE TABLE case_review (
  review_id         uuid PRIMARY KEY,
  began_position    bigint,
  matter_id         uuid,
  stage             text,                   -- Chinese term of services.documents.model.review.Stage
  opened            jsonb,                  -- enforcement.documents.v1.ReviewOpened
  completed         jsonb                   -- enforcement.documents.v1.ReviewCompleted; NULL before
);
CREATE INDEX case_review_by_matter ON case_review (matter_id, began_position);
