"""Speed on this machine, each figure beside the physical limit and what one would run instead."""
