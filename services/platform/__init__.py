"""The provincial platform (省级平台): reads the feeds of the authorities it subscribes to, counts and supervises.

`streams` Faust on Kafka ▶ `intake` from arrival to log: `judge` what an envelope is worth, `chain` where it belongs,
`store` the log · `repair`, `peers` what Kafka did not bring · `statistics`, `definitions`, `figures` numbers ·
`clocks`, `supervision` states and dates · `api` questions · `service` all of it as a part of a node.

It issues no command, on its own ledger or on another's, and knows nothing that a feed may not carry.
"""
