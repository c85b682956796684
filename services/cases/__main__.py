"""Runs the cases service alone."""

from services.cases.service import SERVICE
from services.kernel.app import main

main(SERVICE)
