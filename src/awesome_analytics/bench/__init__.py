"""Measurements of the product on this machine, each beside the physical limit and what one would run instead."""
