"""What every layer stands on: errors, money, settings, database addresses, named SQL."""
