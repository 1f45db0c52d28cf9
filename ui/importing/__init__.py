"""What the page of imports is made of."""
