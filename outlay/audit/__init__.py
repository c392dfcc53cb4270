"""How far a verifier can be trusted: its verdicts on labelled answers, and what follows from them."""
