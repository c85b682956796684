-- Who let a stopped feed go on is an event of the platform's ledger, FeedResumed.
ALTER TABLE platform.chain DROP COLUMN resumed_at, DROP COLUMN resumed_by, DROP COLUMN resume_reason;
