"""The codec of the exchange: envelopes, keys, the member registry, disclosure, and the closed table of outcomes.

Pure: no I/O beyond reading a key file, no clock. The exchange and the provincial platform both stand on it.
Read `codec/` first, then `verdicts.py`.
"""
