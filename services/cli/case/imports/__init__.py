"""Cases of an older system, from its files into a node: `rows` reads, `mapping` translates, `run` imports."""
