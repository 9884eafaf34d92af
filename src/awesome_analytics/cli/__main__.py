"""`python -m awesome_analytics.cli`."""

from awesome_analytics.cli.main import main

main()
