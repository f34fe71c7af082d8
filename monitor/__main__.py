"""`python -m monitor` is `monitor`."""

from .start import main

main()
