"""Laws of what a budget buys: fitted with their uncertainty, tried on held-out budgets, and silent beyond their reach."""
