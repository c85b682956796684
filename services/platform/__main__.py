"""Runs the platform alone: `python -m services.platform`."""

from services.kernel.app import run
from services.platform.service import make

run(lambda node: node.host(make(node)), service="platform")
