-- Collections, own executions and reconciliations as people read them.
-- Amounts in fen; `money` is all that amounts as of any day follow from (services/collection/money.py).

CREATE TABLE collection (
  collection_id        uuid PRIMARY KEY,
  began_position       bigint,
  case_id              text,                 -- empty for a penalty on the spot
  on_spot_id           text,                 -- empty for a case
  execution_id         text,                 -- whose cost it is; empty for the money of a decision
  case_number          text,
  stage                text,                 -- Chinese term of services.collection.model.Stage
  performed_out_of     text,                 -- stage before everything seemed paid; NULL while it never did
  money                jsonb,
  open_fen             bigint,               -- fine and confiscation, without surcharge
  next_due_on          date,                 -- NULL when nothing is open or due
  surcharge_left_fen   bigint,               -- open though the fine is paid; 0 while the fine itself is open
  duty                 text,                 -- what the party must do besides paying; empty for money alone
  duty_done            boolean,
  due_on               date,                 -- day of payment, which stands for the duty too; NULL before the service
  effective_on         date,
  court_window_ends_on date,
  demanded_on          date,
  suspended            boolean
);
CREATE INDEX collection_by_begin ON collection (began_position);
CREATE INDEX collection_by_stage ON collection (stage, began_position);
CREATE INDEX collection_by_case ON collection (case_id);
CREATE INDEX collection_by_due ON collection (next_due_on) WHERE open_fen > 0;

CREATE TABLE payment_order (
  order_id             uuid PRIMARY KEY,
  began_position       bigint,
  collection_id        uuid,
  order_number         text,
  account              int,                  -- enforcement.collection.v1.Account
  amount_fen           bigint,
  state                text,                 -- Chinese term of services.collection.model.OrderState
  expires_at           timestamptz,
  qr_payload           text
);
CREATE INDEX payment_order_of ON payment_order (collection_id, began_position);

CREATE TABLE transaction (                   -- what the collecting side reported came in and went out, and deposits
  transaction_id       text,
  kind                 text,                 -- PAYMENT, REFUND, REVERSAL, DEPOSIT of what was collected on site, AUCTION
  began_position       bigint,
  collection_id        uuid,                 -- of a deposit from the spot, the penalty
  order_id             text,
  account              int,
  amount_fen           bigint,
  taken_on             date,
  reversed_on          date,                 -- of a payment; NULL while it stands
  receipt_number       text,                 -- of the fiscal receipt; empty while none is known
  PRIMARY KEY (transaction_id, kind)
);
CREATE INDEX transaction_by_receipt ON transaction (receipt_number) WHERE receipt_number <> '';
CREATE INDEX transaction_of ON transaction (collection_id, began_position);
CREATE INDEX transaction_by_day ON transaction (taken_on);

CREATE TABLE on_site (                       -- fines that officers collected (行政处罚法 art. 69)
  on_site_id           uuid PRIMARY KEY,
  began_position       bigint,
  collection_id        uuid,
  receipt_number       text,
  ground               int,                  -- enforcement.collection.v1.OnSiteGround
  amount_fen           bigint,
  collected_on         date,
  landed               boolean,
  handed_in            boolean,
  transaction_id       text                  -- of the deposit; empty until it is at the bank
);
CREATE INDEX on_site_of ON on_site (collection_id, began_position);
CREATE INDEX on_site_by_receipt ON on_site (receipt_number);

CREATE TABLE on_spot_receipt (               -- of the cases service: fines collected while they were decided (art. 68)
  on_spot_id           uuid PRIMARY KEY,
  receipt_number       text
);
CREATE INDEX on_spot_receipt_by_number ON on_spot_receipt (receipt_number);

CREATE TABLE difference (
  difference_id        uuid PRIMARY KEY,
  began_position       bigint,
  collection_id        uuid,
  found                jsonb,                -- enforcement.collection.v1.Difference
  found_at             timestamptz,
  resolution           int,                  -- enforcement.collection.v1.DifferenceResolution; 0 while open
  note                 text
);
CREATE INDEX difference_of ON difference (collection_id, began_position);
CREATE INDEX difference_open ON difference (began_position) WHERE resolution = 0;

CREATE TABLE refund (
  refund_id            uuid PRIMARY KEY,
  began_position       bigint,
  collection_id        uuid,
  account              int,
  amount_fen           bigint,
  state                int,                  -- enforcement.collection.v1.RefundState
  reason               text
);
CREATE INDEX refund_of ON refund (collection_id, began_position);
CREATE INDEX refund_by_state ON refund (state, began_position);

CREATE TABLE execution (
  execution_id         uuid PRIMARY KEY,
  began_position       bigint,
  case_id              text,
  kind                 int,                  -- enforcement.collection.v1.ExecutionKind
  stage                text,                 -- Chinese term of services.collection.model.ExecutionStage
  suspended            boolean,
  ground               int,                  -- enforcement.collection.v1.EndGround
  cost_fen             bigint,
  charged_fen          bigint                -- what of it the party was charged
);
CREATE INDEX execution_by_begin ON execution (began_position);
CREATE INDEX execution_by_case ON execution (case_id, began_position);

CREATE TABLE paper (                         -- what was served last of each kind in a collection or an execution
  matter_id            uuid,
  document             int,                  -- enforcement.cases.v1.ServedDocument
  served_on            date,                 -- the day on which it took effect, or on which what holds at once was decided
  PRIMARY KEY (matter_id, document)
);

CREATE TABLE auction (                       -- of seized property, to set off a fine (行政强制法 art. 46)
  auction_id           uuid PRIMARY KEY,
  began_position       bigint,
  collection_id        uuid,
  measure_id           text,
  state                text,                 -- Chinese term of services.collection.model.AuctionState
  price_fen            bigint,
  received_fen         bigint,               -- of the price
  cost_fen             bigint,
  fine_fen             bigint,               -- what of the price paid the fine
  surcharge_fen        bigint,
  remainder_fen        bigint                -- what is the party's
);
CREATE INDEX auction_of ON auction (collection_id, began_position);

CREATE TABLE seizure (                       -- of the cases service: what may be auctioned
  measure_id           text PRIMARY KEY,
  case_id              text,
  in_force             boolean,
  over_at              timestamptz           -- NULL while it is in force
);
CREATE INDEX seizure_of ON seizure (case_id);

CREATE TABLE remedy (                        -- of the cases service: what was sought in a case
  remedy_id            text PRIMARY KEY,
  case_id              text
);
CREATE INDEX remedy_of ON remedy (case_id);

CREATE TABLE reconciliation (
  reconciliation_id    uuid PRIMARY KEY,
  began_position       bigint,
  day_on               date,
  file                 jsonb,                -- enforcement.common.v1.BlobRef
  line_count           int,
  bank_fen             bigint,
  ledger_fen           bigint
);
CREATE INDEX reconciliation_by_begin ON reconciliation (began_position);
CREATE INDEX reconciliation_by_day ON reconciliation (day_on);

CREATE TABLE mismatch (
  reconciliation_id    uuid,
  mismatch_id          uuid,
  found                jsonb,                -- enforcement.collection.v1.Mismatch
  resolved             boolean,
  note                 text,
  PRIMARY KEY (reconciliation_id, mismatch_id)
);
CREATE INDEX mismatch_open ON mismatch (reconciliation_id) WHERE NOT resolved;
