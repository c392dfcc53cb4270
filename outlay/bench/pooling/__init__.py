"""Pools by way of the bench: samples drawn through its journal, results of runs as pools, pools judged again."""
