"""What a user would run instead: scripts for an environment of their own, installed by the bench alone."""
