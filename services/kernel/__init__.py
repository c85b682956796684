"""What every service stands on: ledger, deciders, policies, views, clocks, files, identity, rpc. Knows no service."""
