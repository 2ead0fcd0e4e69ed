"""One verb a file: takes protocols and an event sink, returns a frozen result."""
