"""The command line: one thin face over the same calls every other face makes."""
