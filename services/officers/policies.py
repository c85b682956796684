"""What the officers' register does when something is in the ledger: nothing; only people change it."""

from services.kernel.policy import Policy

policy = Policy("officers")
