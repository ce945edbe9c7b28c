"""The card of made pictures: sheets, nearest neighbours, classes, distances, flaws, and the verdict in plain words."""
