"""How much strategies on remote models add to the time that the model itself needs, beside other people's libraries."""
