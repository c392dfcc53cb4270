"""The names that mathematics uses: whatever else consists of letters is a variable or prose."""

_FUNCTIONS = "sqrt sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh exp ln log abs floor ceil"
_GREEK = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi "
    "varphi chi psi omega"
)
_COMMANDS = (
    "frac pi infty binom choose sum prod int lim to cdot times log lfloor rfloor lceil rceil gcd lcm min max det begin "
    "end overline bar hat Delta Gamma Lambda Omega Phi Pi Psi Sigma Theta Xi partial coth sech csch"
)
FUNCTIONS = frozenset(_FUNCTIONS.split())
"""Functions of one argument in parentheses."""
GREEK = frozenset(_GREEK.split())
"""Letters that are variables."""
CONSTANTS = frozenset({"pi", "oo"})
COMMANDS = FUNCTIONS | GREEK | frozenset(_COMMANDS.split())
"""What LaTeX may say behind a backslash."""
MATHEMATICAL_NAMES = FUNCTIONS | GREEK | CONSTANTS | {"frac", "infty", "cdot", "times", "e", "binom"}
"""Names that are part of a formula, with a backslash or without one."""
