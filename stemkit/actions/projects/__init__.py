"""Projects: begun, checked, packed, signed, shown, and verified by a judge."""
