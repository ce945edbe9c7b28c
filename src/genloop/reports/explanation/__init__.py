"""What a model of pictures was seen to do, as a page, as JSON and as sheets."""
