"""Reading Superstore files into the books: `import_files` is the one way in.

A file is read twice, never held: once to learn its encoding, columns and date style, once to copy its rows
into temporary tables. SQL over those tables then does the rest, in one transaction per file.
"""

from awesome_analytics.sales.importer.report import ImportReport, OrdersReport, ReturnsReport
from awesome_analytics.sales.importer.request import Defaults, ImportRequest
from awesome_analytics.sales.importer.run import import_files

__all__ = ["Defaults", "ImportReport", "ImportRequest", "OrdersReport", "ReturnsReport", "import_files"]
