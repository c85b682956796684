"""Discretion (裁量, 行政处罚法 arts. 30-37): what statutes, lists and benchmarks propose for an act. Pure.

Read in this order: `facts` what is answered · `register` first violations · `conditions` · `catalogue` acts and
statutory ranges by date (data/acts) · `rule_sets` lists and benchmarks by date (data/rule_sets), their file
`rule_set_file` · `proposal` what comes out · `evaluation` the algorithm, with `guards` and `amounts` · `reasons`.
`within` is what a decision keeps to; `reading` reads data files, `messages` speaks the contract's words.

It knows no case, ledger or clock: `services.cases.model.discretion` puts it to work.
"""
