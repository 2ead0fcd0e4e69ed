"""Keys and signatures: the only room that imports `cryptography`."""
