"""Laws of what a budget buys: fitted with their uncertainty, tried on held-out budgets, silent beyond their reach."""
