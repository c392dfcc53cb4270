"""The way to a server over HTTP: what models and verifiers that live behind one share."""
