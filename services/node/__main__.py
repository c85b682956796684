"""Runs all services of one authority in one process: `python -m services.node`."""

from services.kernel.app import run
from services.node.composition import compose

run(compose)
