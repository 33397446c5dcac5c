"""Noise for the decoders, led by coverage: ``python -m tests.fuzz``; needs the ``fuzz`` extra."""
