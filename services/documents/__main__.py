"""Runs the documents service alone."""

from services.documents.service import SERVICE
from services.kernel.app import main

main(SERVICE)
