"""Joint operations (联合执法) of one authority, as lead and as participant."""
