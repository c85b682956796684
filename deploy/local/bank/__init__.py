"""A simulated bank that collects for authorities: a process of its own, with its own store, issuer and files.

`store` what it knows · `callbacks` what it tells the nodes · `server` what it is asked · `layout` where it lives in a
local deployment · `python -m deploy.local.bank SETTINGS.json` runs it
"""
