"""Made texts on the card: the verdict in words, and what lies behind their figures."""
