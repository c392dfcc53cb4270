"""Judges that are language models: each asks one, is paid from the run's ledger, and reads untrusted replies."""
