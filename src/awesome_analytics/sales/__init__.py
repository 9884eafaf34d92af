"""The shop's own books: orders, products, customers and returns in PostgreSQL."""
