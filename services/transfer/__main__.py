"""Runs the transfer service alone."""

from services.kernel.app import main
from services.transfer.service import SERVICE

main(SERVICE)
