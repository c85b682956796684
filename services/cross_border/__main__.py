"""Runs the service for cooperation across borders alone."""

from services.cross_border.service import SERVICE
from services.kernel.app import main

main(SERVICE)
