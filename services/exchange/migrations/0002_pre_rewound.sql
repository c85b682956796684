-- Peers that lost their ledger's end: which receipts may come a second time.
-- Stretches of own chains that a peer gave receipts for and then stated not to have: a restore at its side. It receives
-- them again, so a second receipt for one of them contradicts nothing.
CREATE TABLE exchange.rewound (
  recipient text NOT NULL,
  epoch     bigint NOT NULL,
  after_seq bigint NOT NULL,               -- where the peer stated that the chain ends
  last_seq  bigint NOT NULL,               -- last place that it had given a receipt for
  noted_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (recipient, epoch, after_seq, last_seq)
);
