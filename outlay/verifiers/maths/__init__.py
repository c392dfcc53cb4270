"""Decides whether an answer equals a reference as mathematics, and trusts no answer.

``judge`` is the way in. What ``plain`` can decide (the same text, plain numbers, choices, yes and no) it decides at
once. All else goes to a worker (``process`` is the caller's side, ``service`` the worker's), which compares every pair
in a child of its own under the limits of ``verifiers/sandbox``: wall and CPU time, address space, no files, no network,
an empty environment.

There ``notation`` brings both texts to one notation, ``structure`` finds lists, sets, tuples, intervals and matrices,
and ``equality`` compares them part by part: words, units and ratios in ``leaves``, relations and sets of numbers in
``solutions``, expressions in ``same``. ``expressions`` is the only place that calls a parser, and ``guard`` decides
what a parser may see.

Equality is lenient in one direction: what only one side has is understood. ``5`` equals ``5 cm`` and ``50`` equals
``50%``, but ``5 cm`` is neither ``5 m`` nor ``6``. So it is not transitive, and no rule for counting votes.
"""
