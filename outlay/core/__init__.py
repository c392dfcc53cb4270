"""The ground floor: the five contracts, budgets and ledgers, and what travels between them."""
