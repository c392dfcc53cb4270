"""Runs experiments that survive a kill, and reports them; knows parts only through the catalogues handed in."""
