"""The star schema as data, and one file of differences per engine that can hold it."""
