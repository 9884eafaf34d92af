"""The Query Builder's widgets: each changes one part of the Query and offers only what fits."""
