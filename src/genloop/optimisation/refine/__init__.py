"""Better this time: one output chosen, repaired and made to keep the rules."""
