"""Joint operations as deciders: `operation` in the lead's ledger, `participation` in every participant's."""
