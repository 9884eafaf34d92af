"""The process that runs the pipeline at its hour and on request."""
