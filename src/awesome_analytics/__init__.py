"""A shop in a box: orders on PostgreSQL, a loss-free pipeline, a star schema, answers to the cent."""
