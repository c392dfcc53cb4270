"""The machine of the embedded models: transformer, batch, memory and reward head in numpy. Knows no contract above."""
