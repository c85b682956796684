"""The provincial platform (省级平台): reads the feeds of the authorities it subscribes to, counts and supervises.

`judge` what an envelope is worth · `chain` where it belongs · `store` the platform's log · `intake` from arrival to log ·
`streams` Faust on Kafka · `repair` what Kafka did not bring · `definitions` and `statistics` numbers · `supervision` states
and clocks · `api` questions · `service` all of it as a part of a node.

It issues no command, on its own ledger or on another's, and knows nothing that a feed may not carry.
"""
