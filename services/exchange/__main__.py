"""Runs the exchange alone: `python -m services.exchange`."""

from services.exchange.part import make
from services.kernel.app import run

run(lambda node: node.host(make(node)), service="exchange")
