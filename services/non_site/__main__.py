"""Runs the service for non-site enforcement alone: `python -m services.non_site`."""

from services.kernel.app import main
from services.non_site.service import SERVICE

main(SERVICE)
