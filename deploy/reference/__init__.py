"""Reference pages (docs/reference): settings, refusals, events, commands, metrics, command line, clocks, switches.

    protos, settings classes, declarations ──▶ deploy.reference ──▶ docs/reference/*.md        make docs

Promise   every page is made from the code that runs, in an order that does not change by itself; `make lint` fails
          when a page says something else.
Not       an explanation: what the words mean stands in docs/domain.md, why it is so in docs/adr.
Shown by tests/integration/local/test_reference.py
"""
