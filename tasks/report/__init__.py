"""Reading back: listings, health, explanations. Writes nothing."""
