"""`python -m services.cli`, the same as `enforcement`."""

from services.cli.main import main

main()
