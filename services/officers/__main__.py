"""Runs the officers service alone."""

from services.kernel.app import main
from services.officers.service import SERVICE

main(SERVICE)
