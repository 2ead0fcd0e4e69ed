"""The demonstration of the whole job on virtual boards."""
