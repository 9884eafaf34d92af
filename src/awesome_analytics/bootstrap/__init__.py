"""The only place that picks engines: the embedded server, external servers, first set-up."""
