"""genloop: learn generators from your own data, make more, judge it, label it, put it to work."""
