"""The pipeline from the books to the warehouse: extract, transform, load, reconcile."""
